// Package shim opens the Terraform provider's internal package: Go lets a package below the provider's own import path in.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the Docker provider, which sends version in its user agent.
func NewProvider(version string) *schema.Provider { return provider.New(version)() }
