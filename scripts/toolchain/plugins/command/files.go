package main

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collect adds the files that the inputs ask for, as they are in dir now.
func (r *result) collect(dir string, in processInputs) error {
	if in.AssetPaths != nil {
		assets, err := findAssets(dir, in.AssetPaths)
		if err != nil {
			return err
		}
		r.assets = assets
	}
	if in.ArchivePaths != nil {
		assets, err := findAssets(dir, in.ArchivePaths)
		if err != nil {
			return err
		}
		members := make(map[string]any, len(assets))
		for name, asset := range assets {
			members[name] = asset
		}
		if r.archive, err = resource.NewAssetArchive(members); err != nil {
			return err
		}
	}
	return nil
}

// findAssets returns the files below dir that the globs choose, by their path in dir.
func findAssets(dir string, globs []string) (map[string]*resource.Asset, error) {
	chosen, err := chooser(globs)
	if err != nil {
		return nil, err
	}
	assets := map[string]*resource.Asset{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !chosen(name) {
			return err
		}
		assets[name], err = resource.NewPathAsset(path.Join(dir, name))
		return err
	})
	return assets, err
}

// chooser compiles globs (`*` within a folder, `**` across folders, a leading `!` excludes) into a test for one path,
// for which the last glob that matches decides.
func chooser(globs []string) (func(name string) bool, error) {
	type rule struct {
		glob    glob.Glob
		include bool
	}
	rules := make([]rule, 0, len(globs))
	for _, text := range globs {
		pattern, exclude := strings.CutPrefix(text, "!")
		compiled, err := glob.Compile(pattern, '/')
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule{compiled, !exclude})
	}
	return func(name string) bool {
		chosen := false
		for _, rule := range rules {
			if rule.glob.Match(name) {
				chosen = rule.include
			}
		}
		return chosen
	}, nil
}
