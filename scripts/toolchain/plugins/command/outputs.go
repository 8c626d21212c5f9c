package main

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

// result is what a command printed, without the last newline, and the files it was asked to return.
type result struct {
	stdout, stderr string
	// assets and archive are nil unless assetPaths and archivePaths were given.
	assets  map[string]*resource.Asset
	archive *resource.Archive
}

// outputs returns a resource's outputs: its inputs, secrets and all, and what the command printed. What a command
// prints is not secret by itself, even if its inputs are: the program says `additionalSecretOutputs`, as it must with
// the real plugin.
func outputs(inputs resource.PropertyMap, printed result) resource.PropertyMap {
	all := inputs.Copy()
	all["stdout"] = resource.NewProperty(printed.stdout)
	all["stderr"] = resource.NewProperty(printed.stderr)
	if printed.assets != nil {
		assets := make(resource.PropertyMap, len(printed.assets))
		for path, asset := range printed.assets {
			assets[resource.PropertyKey(path)] = resource.NewProperty(asset)
		}
		all["assets"] = resource.NewProperty(assets)
	}
	if printed.archive != nil {
		all["archive"] = resource.NewProperty(printed.archive)
	}
	return all
}

// previewOutputs returns the outputs that a preview can know: the inputs. old is the state before an update, nil for
// a new resource.
func previewOutputs(inputs, old resource.PropertyMap) resource.PropertyMap {
	all := inputs.Copy()
	unknown := resource.MakeComputed(resource.NewProperty(""))
	all["stdout"] = unknown
	all["stderr"] = unknown
	for output, paths := range map[resource.PropertyKey]resource.PropertyKey{
		"assets": "assetPaths", "archive": "archivePaths",
	} {
		if inputs.HasValue(paths) || old.HasValue(output) {
			all[output] = unknown
		}
	}
	return all
}

// previousResult reads the result of the last command back from the state.
func previousResult(state resource.PropertyMap) result {
	previous := result{stdout: plainString(state["stdout"]), stderr: plainString(state["stderr"])}
	if assets, ok := plainValue(state["assets"]); ok {
		if files, ok := assets.(map[string]any); ok {
			previous.assets = make(map[string]*resource.Asset, len(files))
			for path, file := range files {
				if asset, ok := file.(*resource.Asset); ok {
					previous.assets[path] = asset
				}
			}
		}
	}
	if archive, ok := plainValue(state["archive"]); ok {
		previous.archive, _ = archive.(*resource.Archive)
	}
	return previous
}
