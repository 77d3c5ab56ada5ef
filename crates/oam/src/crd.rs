//! The CustomResourceDefinitions of the group, as values.
//!
//! Schemas, printer columns, short names and scopes are those that existing clusters have, so that
//! either controller's CRDs serve the other. Invariant: a field that is not in a schema here is pruned
//! by the API server, so the schemas decide what is stored.

mod kinds;
mod schema;

use serde_json::{Value, json};

use kinds::{Column, Kind};

/// All CRDs, ready to be applied.
#[must_use]
pub fn all() -> Vec<Value> {
    let mut names: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.plural).collect();
    names.dedup();
    names.into_iter().map(definition).collect()
}

fn definition(plural: &str) -> Value {
    let versions: Vec<&Kind> = kinds::KINDS.iter().filter(|kind| kind.plural == plural).collect();
    let kind = versions[0];
    let mut names = json!({
        "categories": ["oam"],
        "kind": kind.kind,
        "listKind": format!("{}List", kind.kind),
        "plural": plural,
        "singular": kind.kind.to_lowercase(),
    });
    if !kind.short.is_empty() {
        names["shortNames"] = json!(kind.short);
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{}", crate::GROUP)},
        "spec": {
            "group": crate::GROUP,
            "names": names,
            "scope": if kind.cluster_scoped { "Cluster" } else { "Namespaced" },
            "versions": versions.into_iter().map(version).collect::<Vec<_>>(),
        },
    })
}

fn version(kind: &Kind) -> Value {
    let mut version = json!({
        "name": kind.version,
        "served": true,
        "storage": kind.storage,
        "schema": {"openAPIV3Schema": schema::parse(kind.schema)},
    });
    if !kind.columns.is_empty() {
        version["additionalPrinterColumns"] = kind.columns.iter().map(column).collect();
    }
    if kind.status {
        version["subresources"] = json!({"status": {}});
    }
    version
}

fn column((name, column_type, path): &Column) -> Value {
    json!({"jsonPath": path, "name": name, "type": column_type})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::all;

    #[test]
    fn every_kind_has_its_definition() {
        let crds = all();
        assert_eq!(crds.len(), 12);
        let storages = |crd: &serde_json::Value| {
            let versions = crd["spec"]["versions"].as_array().map(Vec::as_slice);
            versions.unwrap_or_default().iter().filter(|version| version["storage"] == true).count()
        };
        assert!(crds.iter().all(|crd| storages(crd) == 1));
    }

    #[test]
    fn fields_are_as_the_wire_has_them() {
        let crds = all();
        let schema = |plural: &str, pointer: &str| {
            let crd = crds.iter().find(|crd| crd["spec"]["names"]["plural"] == plural);
            let schema = &crd.expect("a known plural")["spec"]["versions"][0]["schema"];
            schema["openAPIV3Schema"].pointer(pointer).cloned().unwrap_or_default()
        };
        let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        for (plural, pointer, expected) in [
            ("policies", "/properties/properties", any.clone()),
            ("applications", "/properties/spec/required", json!(["components"])),
            (
                "applications",
                "/properties/status/properties/workflow/properties/endTime",
                json!({"type": "string", "format": "date-time", "nullable": true}),
            ),
            (
                "resourcetrackers",
                "/properties/spec/properties/managedResources/items/properties/raw",
                any,
            ),
            (
                "workflowruns",
                "/properties/status/required",
                json!(["finished", "mode", "status", "suspend", "terminated"]),
            ),
            (
                "applicationrevisions",
                "/properties/spec/properties/application/properties/metadata/properties/labels",
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
            ),
        ] {
            assert_eq!(schema(plural, pointer), expected, "{plural} {pointer}");
        }
    }
}
