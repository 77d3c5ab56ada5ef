//! Ownership, pruning and conflicts on a Deployment and on free-form objects.

use serde_json::json;

use super::*;
use crate::schema::Schema;

struct World {
    schema: Schema,
    object: Value,
    step: usize,
}

impl World {
    fn new() -> Self {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}});
        Self { schema: Schema::builtin(), object, step: 0 }
    }

    fn apply(&mut self, manager: &str, mut config: Value, force: bool) -> Result<(), Status> {
        let created = self.step == 0;
        self.step += 1;
        config["apiVersion"] = json!("apps/v1");
        config["kind"] = json!("Deployment");
        let now = format!("2026-01-01T00:00:{:02}Z", self.step);
        let ignored = Set::of_fields(&[&["status"]]);
        let writer = Writer {
            manager,
            api_version: "apps/v1",
            subresource: "",
            now: &now,
            ignored: &ignored,
        };
        let kind = self.schema.kind("apps/v1", "Deployment").unwrap();
        let shape = Shape::Builtin(self.schema.root(kind));
        self.object = super::apply(shape, &writer, &self.object, &config, created, force)?;
        Ok(())
    }

    fn update(&mut self, manager: &str, change: impl Fn(&mut Value)) {
        let created = self.step == 0;
        self.step += 1;
        let mut new = self.object.clone();
        change(&mut new);
        let now = format!("2026-01-01T00:00:{:02}Z", self.step);
        let ignored = Set::of_fields(&[&["status"]]);
        let writer = Writer {
            manager,
            api_version: "apps/v1",
            subresource: "",
            now: &now,
            ignored: &ignored,
        };
        let kind = self.schema.kind("apps/v1", "Deployment").unwrap();
        let shape = Shape::Builtin(self.schema.root(kind));
        super::update(shape, &writer, &self.object, &mut new, created);
        self.object = new;
    }

    fn owned(&self, manager: &str) -> Value {
        let list = json::items(&self.object, &["metadata", "managedFields"]);
        list.iter().find(|e| e["manager"] == manager).map_or(Value::Null, |e| e["fieldsV1"].clone())
    }
}

fn containers(list: Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": list}}}})
}

#[test]
fn the_same_apply_changes_nothing() {
    let mut world = World::new();
    let config = json!({"spec": {"replicas": 3}});
    world.apply("a", config.clone(), false).unwrap();
    let before = world.object.clone();
    world.apply("a", config, false).unwrap();
    assert_eq!(world.object, before);
    assert_eq!(world.owned("a"), json!({"f:spec": {"f:replicas": {}}}));
}

#[test]
fn what_is_no_longer_applied_goes_unless_shared() {
    let mut world = World::new();
    let both = json!({"metadata": {"labels": {"x": "1", "y": "2"}}});
    world.apply("a", both, false).unwrap();
    world.apply("b", json!({"metadata": {"labels": {"x": "1"}}}), false).unwrap();
    world.apply("a", json!({"metadata": {"labels": {}}}), false).unwrap();
    assert_eq!(world.object["metadata"]["labels"], json!({"x": "1"}));
    assert_eq!(world.owned("b"), json!({"f:metadata": {"f:labels": {"f:x": {}}}}));
}

#[test]
fn a_container_goes_with_its_only_owner() {
    let mut world = World::new();
    let two = containers(json!([{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]));
    world.apply("a", two, false).unwrap();
    world.apply("a", containers(json!([{"name": "b", "image": "i"}])), false).unwrap();
    let left = world.object.pointer("/spec/template/spec/containers").unwrap();
    assert_eq!(left, &json!([{"name": "b", "image": "i"}]));
}

#[test]
fn conflicts_are_named_and_can_be_forced() {
    let mut world = World::new();
    world.update("edit", |o| o["spec"] = json!({"replicas": 1}));
    let refused = world.apply("a", json!({"spec": {"replicas": 2}}), false).unwrap_err();
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"edit\" using apps/v1: .spec.replicas"
    );
    assert_eq!(refused.details.causes[0].field, ".spec.replicas");
    world.apply("a", json!({"spec": {"replicas": 2}}), true).unwrap();
    assert_eq!(world.object["spec"]["replicas"], 2);
    assert_eq!(world.owned("edit"), json!({"f:spec": {}}));
    let other = world.apply("b", json!({"spec": {"replicas": 5, "paused": true}}), false);
    assert_eq!(
        other.unwrap_err().message,
        "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas"
    );
}

#[test]
fn equal_values_are_shared_without_conflict() {
    let mut world = World::new();
    world.update("edit", |o| o["spec"] = json!({"replicas": 1}));
    world.apply("a", json!({"spec": {"replicas": 1}}), false).unwrap();
    assert_eq!(world.owned("a"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(world.owned("edit")["f:spec"]["f:replicas"], json!({}));
}

#[test]
fn an_update_takes_over_what_it_changes() {
    let mut world = World::new();
    world.apply("a", json!({"spec": {"replicas": 1, "paused": true}}), false).unwrap();
    world.update("edit", |o| o["spec"]["replicas"] = json!(4));
    assert_eq!(world.owned("a"), json!({"f:spec": {"f:paused": {}}}));
    assert_eq!(world.owned("edit"), json!({"f:spec": {"f:replicas": {}}}));
}

#[test]
fn untracked_objects_are_tracked_by_the_first_apply() {
    let mut world = World::new();
    world.object["spec"] = json!({"replicas": 1});
    world.step = 1;
    world.update("edit", |o| o["spec"]["replicas"] = json!(2));
    assert!(world.object.pointer("/metadata/managedFields").is_none());
    let refused = world.apply("a", json!({"spec": {"replicas": 3}}), false).unwrap_err();
    assert!(refused.message.contains("\"before-first-apply\""), "{}", refused.message);
}
