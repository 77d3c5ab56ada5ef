//! Making the new ReplicaSet, numbering revisions, forgetting old ones.

use serde_json::{Value, json};

use super::{REVISION, View, revision_of, spec_replicas, status_of};
use crate::json::{as_object, int, meta, object_mut, text};
use crate::sim::object::{deleting, owner_reference, set_condition, template_hash};
use crate::sim::plan::{Action, Actor, Plan};
use crate::sim::world::Kind;

/// Annotations of a Deployment that are its own business.
const OWN: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    super::DESIRED,
    super::MAXIMUM,
    "deprecated.deployment.rollback.to",
];

impl View<'_> {
    /// The number the present template gets: one more than the largest of the others.
    fn next_revision(&self) -> i64 {
        self.old.iter().map(|set| revision_of(set)).max().unwrap_or(0) + 1
    }

    /// Makes the new ReplicaSet or brings its annotations up to date; true when that is a write.
    pub(super) fn ensure_new(&self, plan: &mut Plan) -> bool {
        let revision = self.next_revision();
        let Some(new) = &self.new else {
            self.create(revision, plan);
            return true;
        };
        let mut object = (**new).clone();
        self.copy_annotations(&mut object, revision);
        object["spec"]["minReadySeconds"] = self.deployment["spec"]["minReadySeconds"].clone();
        drop_null(&mut object["spec"], "minReadySeconds");
        if object != **new {
            plan.replace(Kind::ReplicaSet, object.clone(), Actor::Manager);
            self.number_deployment(revision_of(&object), None, plan);
            return true;
        }
        let found = match super::status::progressing(self.deployment) {
            Some(_) => None,
            None => {
                let mut status = self.deployment["status"].clone();
                let text = format!("Found new replica set {:?}", meta(new, "name"));
                let now = self.ctx.now;
                set_condition(
                    &mut status,
                    "Progressing",
                    true,
                    "FoundNewReplicaSet",
                    &text,
                    now,
                    true,
                );
                Some(status)
            }
        };
        self.number_deployment(revision_of(new), found, plan)
    }

    /// Writes revision and status of the Deployment; true when that is a write. Both go through the
    /// status endpoint, so that the revision does not count as a change of what is wanted.
    fn number_deployment(&self, revision: i64, status: Option<Value>, plan: &mut Plan) -> bool {
        let mut object = self.deployment.clone();
        let annotations = as_object(
            object_mut(&mut object, "metadata").entry("annotations").or_insert_with(|| json!({})),
        );
        annotations.insert(REVISION.into(), json!(revision.to_string()));
        if let Some(status) = status {
            object["status"] = status;
        }
        let changed = object != *self.deployment;
        if changed {
            let kind = Kind::Deployment;
            plan.actions.push(Action::Status { kind, object, by: Actor::Manager });
        }
        changed
    }

    fn copy_annotations(&self, set: &mut Value, revision: i64) {
        let old = revision_of(set);
        let history =
            text(set, &["metadata", "annotations", "deployment.kubernetes.io/revision-history"])
                .to_owned();
        let annotations = as_object(
            object_mut(set, "metadata").entry("annotations").or_insert_with(|| json!({})),
        );
        for (key, value) in
            self.deployment["metadata"]["annotations"].as_object().into_iter().flatten()
        {
            if !OWN.contains(&key.as_str()) {
                annotations.insert(key.clone(), value.clone());
            }
        }
        if old < revision {
            annotations.insert(REVISION.into(), json!(revision.to_string()));
            if old > 0 {
                let joined =
                    if history.is_empty() { old.to_string() } else { format!("{history},{old}") };
                annotations
                    .insert("deployment.kubernetes.io/revision-history".into(), json!(joined));
            }
        }
    }

    fn create(&self, revision: i64, plan: &mut Plan) {
        let (deployment, spec) = (self.deployment, &self.deployment["spec"]);
        let collisions = int(deployment, &["status", "collisionCount"]).unwrap_or(0);
        let hash = template_hash(&spec["template"], collisions);
        let name = format!("{}-{hash}", meta(deployment, "name"));
        let taken = self.ctx.world.named(Kind::ReplicaSet, meta(deployment, "namespace"), &name);
        if taken.is_some() {
            let mut status = deployment["status"].clone();
            status["collisionCount"] = json!(collisions + 1);
            return plan.status(Kind::Deployment, deployment, status, Actor::Manager);
        }
        let replicas = self.new_replicas(0);
        let mut set = self.blank_set(&name, &hash);
        self.copy_annotations(&mut set, revision);
        self.annotate_size(&mut set);
        set["spec"]["replicas"] = json!(replicas);
        plan.create(Kind::ReplicaSet, set, Actor::Manager, None);
        if replicas > 0 {
            let text = format!("Scaled up replica set {name} from 0 to {replicas}");
            plan.tell(self.tell("ScalingReplicaSet", text));
        }
        let mut status = deployment["status"].clone();
        let text = format!("Created new replica set {name:?}");
        let now = self.ctx.now;
        set_condition(&mut status, "Progressing", true, "NewReplicaSetCreated", &text, now, true);
        plan.status(Kind::Deployment, deployment, status, Actor::Manager);
    }

    fn blank_set(&self, name: &str, hash: &str) -> Value {
        let (deployment, spec) = (self.deployment, &self.deployment["spec"]);
        let mut template = spec["template"].clone();
        as_object(
            object_mut(&mut template, "metadata").entry("labels").or_insert_with(|| json!({})),
        )
        .insert("pod-template-hash".into(), json!(hash));
        let mut selector = spec["selector"].clone();
        object_mut(&mut selector, "matchLabels").insert("pod-template-hash".into(), json!(hash));
        let mut set = json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": meta(deployment, "namespace"),
                "labels": template["metadata"]["labels"],
                "ownerReferences": [owner_reference(Kind::Deployment, deployment)],
            },
            "spec": {"selector": selector, "template": template},
        });
        if let Some(seconds) = int(spec, &["minReadySeconds"]) {
            set["spec"]["minReadySeconds"] = json!(seconds);
        }
        set
    }

    /// Deletes the oldest ReplicaSets beyond the history limit once the rollout is complete.
    pub(super) fn clean_up(&self, plan: &mut Plan) {
        if !self.is_complete(&self.deployment["status"]) {
            return;
        }
        let limit = int(self.deployment, &["spec", "revisionHistoryLimit"]).unwrap_or(10);
        let mut idle: Vec<_> = self.old.iter().filter(|set| !deleting(set)).collect();
        let surplus = idle.len() - idle.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        idle.sort_by_key(|set| revision_of(set));
        for set in idle.into_iter().take(surplus) {
            if spec_replicas(set) == 0 && status_of(set, "replicas") == 0 {
                let options = json!({"propagationPolicy": "Background"});
                plan.delete(Kind::ReplicaSet, set, options, Actor::Manager);
            }
        }
    }
}

fn drop_null(value: &mut Value, key: &str) {
    if let Some(map) = value.as_object_mut()
        && map.get(key).is_some_and(Value::is_null)
    {
        map.shift_remove(key);
    }
}
