//! Objects as rows, for clients that print columns the server chose.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::request::Request;
use crate::api::respond;
use crate::catalog::Resource;
use crate::status::Status;

mod age;
mod path;

pub(crate) use age::age;
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
            let mut row = json!({"cells": cells(resource, object, now)});
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
    appropriate name automatically.";
const CREATED_DESCRIPTION: &str = "CreationTimestamp is a timestamp representing the server time \
    when this object was created.";

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
    let mut columns = vec![column("Name", "string", "name", NAME_DESCRIPTION, 0)];
    match &resource.custom {
        Some(custom) => {
            for c in &custom.columns {
                columns.push(column(&c.name, &c.kind, &c.format, &c.description, c.priority));
            }
        }
        None => columns.push(column("Created At", "date", "", CREATED_DESCRIPTION, 0)),
    }
    columns
}

fn cells(resource: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    let name = object["metadata"]["name"].clone();
    let mut cells = vec![name];
    match &resource.custom {
        Some(custom) => cells.extend(custom.columns.iter().map(|c| c.cell(object, now))),
        None => cells.push(object["metadata"]["creationTimestamp"].clone()),
    }
    cells
}
