//! The disruption controller: how many of a budget's pods may go, which evictions ask.

use serde_json::{Value, json};

use crate::json::{int, meta, text};
use crate::schema::scaled;
use crate::sim::object::{active, deleting, holds, selects, set_condition};
use crate::sim::plan::{Actor, Ctx, Plan};
use crate::sim::world::{Kind, controller};

/// Plans the status of a PodDisruptionBudget.
pub(crate) fn reconcile(ctx: &Ctx<'_>, budget: &Value, plan: &mut Plan) {
    if deleting(budget) {
        return;
    }
    let selector = &budget["spec"]["selector"];
    let pods: Vec<&Value> = ctx
        .world
        .inside(Kind::Pod, meta(budget, "namespace"))
        .map(AsRef::as_ref)
        .filter(|pod| active(pod) && selects(selector, &pod["metadata"]["labels"]))
        .collect();
    let expected = expected(ctx, budget, &pods);
    let healthy = i64::try_from(pods.iter().filter(|pod| holds(pod, "Ready")).count()).unwrap_or(0);
    let desired = desired(budget, expected);
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let mut status = json!({
        "observedGeneration": budget["metadata"]["generation"],
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
        "conditions": budget["status"].get("conditions").cloned().unwrap_or_else(|| json!([])),
    });
    let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
    set_condition(&mut status, "DisruptionAllowed", allowed > 0, reason, "", ctx.now, false);
    if let Some(condition) = status["conditions"].as_array_mut().and_then(|list| list.last_mut()) {
        condition["observedGeneration"] = budget["metadata"]["generation"].clone();
    }
    plan.status(Kind::PodDisruptionBudget, budget, status, Actor::Manager);
}

/// How many pods there should be: what the owners of the pods ask for, or the pods themselves.
fn expected(ctx: &Ctx<'_>, budget: &Value, pods: &[&Value]) -> i64 {
    let counts_owners =
        budget["spec"]["maxUnavailable"].is_null() && !budget["spec"]["minAvailable"].is_string();
    let present = i64::try_from(pods.len()).unwrap_or(0);
    if counts_owners {
        return present;
    }
    let mut owners: Vec<(&str, &str)> = pods
        .iter()
        .filter_map(|pod| controller(pod))
        .map(|owner| (text(owner, &["kind"]), text(owner, &["name"])))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    let wanted: i64 = owners
        .into_iter()
        .filter_map(|(kind, name)| {
            let kind = Kind::named(kind)?;
            let owner = ctx.world.named(kind, meta(budget, "namespace"), name)?;
            int(owner, &["spec", "replicas"])
        })
        .sum();
    if wanted > 0 { wanted } else { present }
}

/// How many pods must stay healthy.
fn desired(budget: &Value, expected: i64) -> i64 {
    let spec = &budget["spec"];
    match scaled(&spec["maxUnavailable"], expected, true) {
        Some(missing) => (expected - missing).max(0),
        None => scaled(&spec["minAvailable"], expected, true).unwrap_or(0),
    }
}
