//! Claims and volumes: a claim of the simulated storage class gets a volume of its size.
//!
//! Pure. Protection finalizers are dropped when nothing uses the object any more.

use serde_json::{Value, json};

use crate::json::{as_object, items, meta, object_mut, text};
use crate::sim::node::STORAGE_PROVISIONER;
use crate::sim::object::{deleting, finished};
use crate::sim::plan::{Actor, Ctx, Plan, note};
use crate::sim::world::Kind;

const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// Plans the next step of a claim.
pub(crate) fn claim(ctx: &Ctx<'_>, claim: &Value, plan: &mut Plan) {
    if deleting(claim) {
        if !in_use(ctx, claim) {
            drop_finalizer(Kind::PersistentVolumeClaim, claim, CLAIM_PROTECTION, plan);
        }
        return;
    }
    if text(claim, &["status", "phase"]) == "Bound" {
        return;
    }
    let class = text(claim, &["spec", "storageClassName"]);
    let Some(class) = ctx.world.named(Kind::StorageClass, "", class) else { return };
    if text(class, &["provisioner"]) != STORAGE_PROVISIONER {
        return;
    }
    bind(ctx, claim, class, plan);
}

fn in_use(ctx: &Ctx<'_>, claim: &Value) -> bool {
    ctx.world.inside(Kind::Pod, meta(claim, "namespace")).any(|pod| {
        !finished(pod)
            && items(pod, &["spec", "volumes"])
                .iter()
                .any(|v| v["persistentVolumeClaim"]["claimName"] == meta(claim, "name"))
    })
}

/// Makes the volume, then names it in the claim, then says that it is bound.
fn bind(ctx: &Ctx<'_>, claim: &Value, class: &Value, plan: &mut Plan) {
    let name = format!("pvc-{}", meta(claim, "uid"));
    let storage = claim["spec"]["resources"]["requests"]["storage"].clone();
    if ctx.world.named(Kind::PersistentVolume, "", &name).is_none() {
        plan.create(
            Kind::PersistentVolume,
            volume_of(claim, class, &name, &storage),
            Actor::Manager,
            None,
        );
        let text = format!("Successfully provisioned volume {name}");
        plan.tell(note(
            "persistentvolume-controller",
            Kind::PersistentVolumeClaim,
            claim,
            "ProvisioningSucceeded",
            text,
        ));
        return plan.wake_at(ctx.now);
    }
    if text(claim, &["spec", "volumeName"]) != name {
        let mut object = claim.clone();
        object["spec"]["volumeName"] = json!(name);
        let annotations = as_object(
            object_mut(&mut object, "metadata").entry("annotations").or_insert_with(|| json!({})),
        );
        for (key, value) in [
            ("pv.kubernetes.io/bind-completed", "yes"),
            ("pv.kubernetes.io/bound-by-controller", "yes"),
            ("volume.kubernetes.io/storage-provisioner", STORAGE_PROVISIONER),
        ] {
            annotations.insert(key.into(), json!(value));
        }
        return plan.replace(Kind::PersistentVolumeClaim, object, Actor::Manager);
    }
    let status = json!({"phase": "Bound", "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": storage}});
    plan.status(Kind::PersistentVolumeClaim, claim, status, Actor::Manager);
}

fn volume_of(claim: &Value, class: &Value, name: &str, storage: &Value) -> Value {
    let mut reference = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1"});
    for key in ["namespace", "name", "uid", "resourceVersion"] {
        reference[key] = claim["metadata"][key].clone();
    }
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": STORAGE_PROVISIONER}},
        "spec": {
            "capacity": {"storage": storage},
            "hostPath": {"path": format!("/var/local/{name}"), "type": "DirectoryOrCreate"},
            "accessModes": claim["spec"]["accessModes"],
            "claimRef": reference,
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"],
            "storageClassName": meta(class, "name"),
        },
    })
}

/// Plans the next step of a volume.
pub(crate) fn volume(ctx: &Ctx<'_>, volume: &Value, plan: &mut Plan) {
    let reference = &volume["spec"]["claimRef"];
    let claim = ctx.world.named(
        Kind::PersistentVolumeClaim,
        text(reference, &["namespace"]),
        text(reference, &["name"]),
    );
    let bound = claim.is_some_and(|claim| meta(claim, "uid") == text(reference, &["uid"]));
    if deleting(volume) {
        if !bound {
            drop_finalizer(Kind::PersistentVolume, volume, VOLUME_PROTECTION, plan);
        }
        return;
    }
    let phase = match (reference.is_object(), bound) {
        (true, true) => "Bound",
        (true, false) => "Released",
        (false, _) => "Available",
    };
    let ours = text(volume, &["metadata", "annotations", "pv.kubernetes.io/provisioned-by"]);
    if phase == "Released"
        && ours == STORAGE_PROVISIONER
        && text(volume, &["spec", "persistentVolumeReclaimPolicy"]) == "Delete"
    {
        return plan.delete(Kind::PersistentVolume, volume, json!({}), Actor::Manager);
    }
    if text(volume, &["status", "phase"]) != phase {
        let status = json!({"phase": phase, "lastPhaseTransitionTime": ctx.time()});
        plan.status(Kind::PersistentVolume, volume, status, Actor::Manager);
    }
}

fn drop_finalizer(kind: Kind, object: &Value, name: &str, plan: &mut Plan) {
    let mut changed = object.clone();
    let Some(list) = changed["metadata"]["finalizers"].as_array_mut() else { return };
    let before = list.len();
    list.retain(|f| f != name);
    if list.len() < before {
        plan.replace(kind, changed, Actor::Manager);
    }
}
