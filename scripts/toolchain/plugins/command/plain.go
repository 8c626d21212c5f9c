package main

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

// plainMap returns the properties as ordinary Go values: secrets unwrapped; nulls, and what is not known yet, left
// out at any depth.
func plainMap(properties resource.PropertyMap) map[string]any {
	plain := make(map[string]any, len(properties))
	for key, value := range properties {
		if v, known := plainValue(value); known {
			plain[string(key)] = v
		}
	}
	return plain
}

// plainValue returns one property as an ordinary Go value, or false if it has none to give.
func plainValue(value resource.PropertyValue) (any, bool) {
	switch {
	case value.IsNull(), value.IsComputed():
		return nil, false
	case value.IsSecret():
		return plainValue(value.SecretValue().Element)
	case value.IsOutput():
		if !value.OutputValue().Known {
			return nil, false
		}
		return plainValue(value.OutputValue().Element)
	case value.IsArray():
		elements := make([]any, 0, len(value.ArrayValue()))
		for _, element := range value.ArrayValue() {
			if e, known := plainValue(element); known {
				elements = append(elements, e)
			}
		}
		return elements, true
	case value.IsObject():
		return plainMap(value.ObjectValue()), true
	default:
		return value.V, true
	}
}

// plainString returns a property that is a string, secret or not, and "" for anything else.
func plainString(value resource.PropertyValue) string {
	plain, _ := plainValue(value)
	text, _ := plain.(string)
	return text
}
