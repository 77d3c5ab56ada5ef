//! What an Accept header asks for: which encoding, and which shape of the object.

use crate::status::Status;

/// The shape of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The object or list itself.
    Object,
    /// `meta.k8s.io` Table.
    Table,
    /// PartialObjectMetadata or its list.
    Metadata,
}

/// The encoding of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// JSON on one line.
    Json,
    /// YAML.
    Yaml,
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) shape: Shape,
    pub(crate) encoding: Encoding,
    /// The `v` parameter of a conversion, `v1` otherwise.
    pub(crate) version: String,
}

/// The media types that answers may have.
const SERVED: &[&str] = &["application/json", "application/yaml"];

struct Clause<'a> {
    media: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    quality: f32,
}

/// Agrees on the first clause that can be met, by quality, then by position.
pub(crate) fn agree(accept: &str) -> Result<Agreed, Status> {
    let mut clauses: Vec<Clause<'_>> = accept.split(',').filter_map(clause).collect();
    if clauses.is_empty() {
        clauses.push(Clause { media: "*/*", parameters: Vec::new(), quality: 1.0 });
    }
    clauses.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    clauses.iter().find_map(meet).ok_or_else(|| Status::not_acceptable(SERVED))
}

/// Whether one clause asks for the aggregated discovery document that is served.
pub(crate) fn wants_aggregated_discovery(accept: &str) -> bool {
    accept.split(',').filter_map(clause).any(|c| {
        let is = |key: &str, value: &str| c.parameters.contains(&(key, value));
        is("g", "apidiscovery.k8s.io") && is("v", "v2") && is("as", "APIGroupDiscoveryList")
    })
}

fn clause(text: &str) -> Option<Clause<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().filter(|m| !m.is_empty())?;
    let parameters: Vec<(&str, &str)> = parts.filter_map(|p| p.split_once('=')).collect();
    let quality = parameters.iter().find(|(key, _)| *key == "q");
    let quality = quality.and_then(|(_, q)| q.parse().ok()).unwrap_or(1.0);
    Some(Clause { media, parameters, quality })
}

fn meet(clause: &Clause<'_>) -> Option<Agreed> {
    let encoding = match clause.media {
        "application/json" | "*/*" | "application/*" => Encoding::Json,
        "application/yaml" | "text/yaml" => Encoding::Yaml,
        _ => return None,
    };
    let get = |key: &str| clause.parameters.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    let shape = match get("as") {
        None => Shape::Object,
        Some(_) if get("g") != Some("meta.k8s.io") => return None,
        Some("Table") => Shape::Table,
        Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Shape::Metadata,
        Some(_) => return None,
    };
    let version = get("v").unwrap_or("v1");
    matches!(version, "v1" | "v1beta1").then(|| Agreed {
        shape,
        encoding,
        version: version.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_in_order() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        let check = |accept: &str, shape: Option<Shape>| {
            assert_eq!(agree(accept).ok().map(|a| a.shape), shape, "{accept}");
        };
        check("", Some(Shape::Object));
        check("*/*", Some(Shape::Object));
        check(&format!("{table},application/json"), Some(Shape::Table));
        check(&format!("{table};q=0.1,application/json"), Some(Shape::Object));
        check("application/vnd.kubernetes.protobuf,application/json", Some(Shape::Object));
        check("application/vnd.kubernetes.protobuf", None);
        check("application/json;as=Other;g=meta.k8s.io;v=v1,application/json", Some(Shape::Object));
        check(
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            Some(Shape::Metadata),
        );
    }

    #[test]
    fn aggregated_discovery() {
        assert!(wants_aggregated_discovery(
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
        ));
        assert!(!wants_aggregated_discovery(
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
        ));
    }
}
