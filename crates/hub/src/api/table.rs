//! Objects as rows, for clients that print columns the server chose.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::request::Request;
use crate::api::respond;
use crate::catalog::Resource;
use crate::schema;
use crate::status::Status;

mod path;

pub(crate) use path::JsonPath;

/// What each row carries beside its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    None,
    Metadata,
    Object,
}

impl Include {
    /// The `includeObject` parameter.
    pub(crate) fn parse(request: &Request) -> Result<Self, Status> {
        match request.query.get("includeObject") {
            "" | "Metadata" => Ok(Self::Metadata),
            "None" => Ok(Self::None),
            "Object" => Ok(Self::Object),
            other => {
                Err(Status::bad_request(format!("unrecognized includeObject value: {other:?}")))
            }
        }
    }
}

/// A Table of served objects, without metadata.
pub(crate) fn of(
    resource: &Resource,
    served: &[&Value],
    include: Include,
    now: Timestamp,
) -> Value {
    let rows: Vec<Value> = served
        .iter()
        .map(|object| {
            let mut row = row(resource, object, now);
            row["object"] = match include {
                Include::None => Value::Null,
                Include::Metadata => respond::partial(object, "v1"),
                Include::Object => (*object).clone(),
            };
            row
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": columns(resource),
        "rows": rows,
    })
}

const NAME_DESCRIPTION: &str = "Name must be unique within a namespace. Is required when creating \
    resources, although some resources may allow a client to request the generation of an \
    appropriate name automatically. Name is primarily intended for creation idempotence and \
    configuration definition. Cannot be updated. More info: \
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
/// What the column of ages shows.
pub(crate) const AGE_DESCRIPTION: &str = "CreationTimestamp is a timestamp representing the server \
    time when this object was created. It is not guaranteed to be set in happens-before order \
    across separate operations. Clients may not set this value. It is represented in RFC3339 form \
    and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

fn column(name: &str, kind: &str, format: &str, description: &str, priority: i64) -> Value {
    json!({
        "name": name,
        "type": kind,
        "format": format,
        "description": description,
        "priority": priority,
    })
}

fn columns(resource: &Resource) -> Vec<Value> {
    if let Some(facts) = &resource.facts {
        return schema::columns(facts)
            .iter()
            .map(|c| {
                let description = match c.name {
                    "Name" => NAME_DESCRIPTION,
                    "Age" => AGE_DESCRIPTION,
                    _ => "",
                };
                column(c.name, c.ty, c.format, description, i64::from(c.priority))
            })
            .collect();
    }
    let mut columns = vec![column("Name", "string", "name", NAME_DESCRIPTION, 0)];
    for c in resource.custom.iter().flat_map(|custom| &custom.columns) {
        columns.push(column(&c.name, &c.kind, &c.format, &c.description, c.priority));
    }
    for c in resource.projection.iter().flat_map(|projection| &projection.columns) {
        columns.push(column(&c.name, &c.kind, "", &c.description, c.priority));
    }
    columns
}

fn row(resource: &Resource, object: &Value, now: Timestamp) -> Value {
    if let Some(facts) = &resource.facts {
        let row = schema::row(facts, object, now);
        let mut value = json!({"cells": row.cells});
        if !row.conditions.is_empty() {
            value["conditions"] = json!(row.conditions);
        }
        return value;
    }
    let mut cells = vec![object["metadata"]["name"].clone()];
    let columns = resource.custom.iter().flat_map(|custom| &custom.columns);
    cells.extend(columns.map(|c| c.cell(object, now)));
    let columns = resource.projection.iter().flat_map(|projection| &projection.columns);
    cells.extend(columns.map(|c| (c.cell)(object)));
    json!({"cells": cells})
}
