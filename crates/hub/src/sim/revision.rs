//! ControllerRevisions: the recorded templates of StatefulSets and DaemonSets.
//!
//! Pure: finds the revision of the present template, or says that it must be created first.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{int, meta};
use crate::sim::object::{hash32, owner_reference, safe_text};
use crate::sim::plan::{Actor, Ctx, Plan};
use crate::sim::world::Kind;

/// The revisions of an owner in order of their numbers, the last being that of its template.
pub(crate) struct Revisions {
    pub(crate) list: Vec<Arc<Value>>,
}

impl Revisions {
    /// Reads the revisions; none after planning a write without which they are not complete.
    pub(crate) fn ensure(
        ctx: &Ctx<'_>,
        kind: Kind,
        owner: &Value,
        plan: &mut Plan,
    ) -> Option<Self> {
        let mut list = ctx.world.controlled(meta(owner, "uid"), Kind::ControllerRevision);
        list.sort_by_key(|r| (r["revision"].as_i64().unwrap_or(0), meta(r, "name").to_owned()));
        let data = patch_of(&owner["spec"]["template"]);
        let next = list.last().and_then(|r| r["revision"].as_i64()).unwrap_or(0) + 1;
        match list.iter().position(|r| r["data"] == data) {
            Some(index) if index + 1 == list.len() => Some(Self { list }),
            Some(index) => {
                let mut object = (*list[index]).clone();
                object["revision"] = json!(next);
                plan.replace(Kind::ControllerRevision, object, Actor::Manager);
                None
            }
            None => {
                create(kind, owner, data, next, plan);
                None
            }
        }
    }

    /// The revision of the present template.
    pub(crate) fn update(&self) -> &Value {
        &self.list[self.list.len() - 1]
    }

    /// The name of the revision of the present template.
    pub(crate) fn update_name(&self) -> &str {
        meta(self.update(), "name")
    }

    /// A revision by name.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Value>> {
        self.list.iter().find(|r| meta(r, "name") == name)
    }

    /// Deletes the oldest revisions beyond the owner's limit that are not in use.
    pub(crate) fn truncate(&self, owner: &Value, used: &[&str], plan: &mut Plan) {
        let limit = int(owner, &["spec", "revisionHistoryLimit"]).unwrap_or(10);
        let idle: Vec<_> = self.list.iter().filter(|r| !used.contains(&meta(r, "name"))).collect();
        let surplus = idle.len() - idle.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        for revision in idle.into_iter().take(surplus) {
            plan.delete(Kind::ControllerRevision, revision, json!({}), Actor::Manager);
        }
    }
}

/// The template that a revision recorded.
pub(crate) fn template_of(revision: &Value) -> &Value {
    &revision["data"]["spec"]["template"]
}

fn patch_of(template: &Value) -> Value {
    let mut template = template.clone();
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

fn create(kind: Kind, owner: &Value, data: Value, number: i64, plan: &mut Plan) {
    let collisions = int(owner, &["status", "collisionCount"]).unwrap_or(0);
    let text = format!("{}{data}{collisions}", meta(owner, "name"));
    let hash =
        format!("{}{}", safe_text(hash32(&text), 5), safe_text(hash32(&format!("{text}#")), 4));
    let mut labels = owner["spec"]["template"]["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["controller.kubernetes.io/hash"] = json!(hash);
    let object = json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": format!("{}-{hash}", meta(owner, "name")),
            "namespace": meta(owner, "namespace"),
            "labels": labels,
            "ownerReferences": [owner_reference(kind, owner)],
        },
        "data": data,
        "revision": number,
    });
    plan.create(Kind::ControllerRevision, object, Actor::Manager, None);
}
