// Package shim opens the Terraform provider's internal package: Go lets a package below the provider's own import path in.
package shim

import (
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// NewProvider returns the random provider.
func NewProvider() tfprovider.Provider { return provider.New() }
