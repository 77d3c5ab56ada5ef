//! What every namespace has: the service account `default` and the cluster's root certificate.

use serde_json::{Value, json};

use crate::json::meta;
use crate::sim::object::deleting;
use crate::sim::plan::{Actor, Ctx, Plan};
use crate::sim::world::Kind;

const ROOT: &str = "kube-root-ca.crt";

/// Plans what is missing in a namespace.
pub(crate) fn reconcile(ctx: &Ctx<'_>, namespace: &Value, plan: &mut Plan) {
    if deleting(namespace) {
        return;
    }
    let name = meta(namespace, "name");
    if ctx.world.named(Kind::ServiceAccount, name, "default").is_none() {
        let object = json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name}});
        plan.create(Kind::ServiceAccount, object, Actor::Manager, None);
    }
    if ctx.world.named(Kind::ConfigMap, name, ROOT).is_none() {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": ROOT, "namespace": name},
            "data": {"ca.crt": ctx.options.certificate}});
        plan.create(Kind::ConfigMap, object, Actor::Manager, None);
    }
}
