package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// What this plugin serves.
const (
	commandType = tokens.Type("command:local:Command")
	runFunction = tokens.ModuleMember("command:local:run")
)

// refuse returns an error for everything but local commands, and nil for them.
func refuse(token string) error {
	if token == string(commandType) || token == string(runFunction) {
		return nil
	}
	return fmt.Errorf("%s is not available: the %q plugin installed here is a stand-in that runs local commands only "+
		"(%s and %s). To get the real plugin, run `pulumi plugin install resource %s %s --reinstall` on a machine "+
		"that can download it", token, pluginName, commandType, runFunction, pluginName, pluginVersion)
}
