//! Defaults of the kinds that own pods.

use serde_json::{Value, json};

use super::{TEMPLATE_GENERATION, child, each, ensure, pod, set};

/// Defaults of the kinds of `apps`.
pub(super) fn apps(kind: &str, object: &mut Value) {
    if kind == "DaemonSet" {
        template_generation(object);
    }
    let Some(spec) = child(object, "spec") else { return };
    pod::template(spec, "template");
    match kind {
        "Deployment" => deployment(spec),
        "ReplicaSet" => {
            set(spec, "replicas", json!(1));
        }
        "StatefulSet" => stateful_set(spec),
        "DaemonSet" => daemon_set(spec),
        _ => {}
    }
}

fn template_generation(object: &mut Value) {
    if let Some(metadata) = child(object, "metadata")
        && let Some(annotations) = ensure(metadata, "annotations")
    {
        set(annotations, TEMPLATE_GENERATION, json!("0"));
    }
}

fn deployment(spec: &mut Value) {
    set(spec, "replicas", json!(1));
    if let Some(strategy) = ensure(spec, "strategy") {
        set(strategy, "type", json!("RollingUpdate"));
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = ensure(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", json!("25%"));
            set(rolling, "maxSurge", json!("25%"));
        }
    }
    set(spec, "revisionHistoryLimit", json!(10));
    set(spec, "progressDeadlineSeconds", json!(600));
}

fn stateful_set(spec: &mut Value) {
    set(spec, "podManagementPolicy", json!("OrderedReady"));
    if let Some(strategy) = ensure(spec, "updateStrategy") {
        set(strategy, "type", json!("RollingUpdate"));
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = ensure(strategy, "rollingUpdate")
        {
            set(rolling, "partition", json!(0));
        }
    }
    if let Some(retention) = ensure(spec, "persistentVolumeClaimRetentionPolicy") {
        set(retention, "whenDeleted", json!("Retain"));
        set(retention, "whenScaled", json!("Retain"));
    }
    set(spec, "replicas", json!(1));
    set(spec, "revisionHistoryLimit", json!(10));
    each(spec, "volumeClaimTemplates", |claim| {
        set(claim, "kind", json!("PersistentVolumeClaim"));
        set(claim, "apiVersion", json!("v1"));
        if let Some(spec) = child(claim, "spec") {
            pod::claim_spec(spec);
        }
        if let Some(status) = ensure(claim, "status") {
            set(status, "phase", json!("Pending"));
        }
    });
}

fn daemon_set(spec: &mut Value) {
    if let Some(strategy) = ensure(spec, "updateStrategy") {
        set(strategy, "type", json!("RollingUpdate"));
        if strategy["type"] == "RollingUpdate"
            && let Some(rolling) = ensure(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", json!(1));
            set(rolling, "maxSurge", json!(0));
        }
    }
    set(spec, "revisionHistoryLimit", json!(10));
}

/// A replication controller takes selector and labels from its template.
pub(super) fn replication_controller(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    pod::template(spec, "template");
    let labels = spec["template"]["metadata"]["labels"].clone();
    if labels.as_object().is_some_and(|l| !l.is_empty()) {
        set(spec, "selector", labels.clone());
        if let Some(metadata) = child(object, "metadata") {
            set(metadata, "labels", labels);
        }
    }
    if let Some(spec) = child(object, "spec") {
        set(spec, "replicas", json!(1));
    }
}

/// Defaults of a Job; its generated selector needs the uid and is set at admission.
pub(super) fn job(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if let Some(spec) = child(object, "spec") {
        job_spec(spec);
    }
    if labels.as_object().is_some_and(|l| !l.is_empty())
        && let Some(metadata) = child(object, "metadata")
    {
        set(metadata, "labels", labels);
    }
}

fn job_spec(spec: &mut Value) {
    pod::template(spec, "template");
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", json!(1));
    }
    let unlimited = spec.get("backoffLimitPerIndex").is_some();
    for (key, default) in [
        ("parallelism", json!(1)),
        ("backoffLimit", if unlimited { json!(i32::MAX) } else { json!(6) }),
        ("completionMode", json!("NonIndexed")),
        ("suspend", json!(false)),
        ("manualSelector", json!(false)),
    ] {
        set(spec, key, default);
    }
    let replacement =
        if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", json!(replacement));
}

/// Defaults of a CronJob; the Job it describes gets its own when it is made.
pub(super) fn cron_job(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    for (key, default) in [
        ("concurrencyPolicy", json!("Allow")),
        ("suspend", json!(false)),
        ("successfulJobsHistoryLimit", json!(3)),
        ("failedJobsHistoryLimit", json!(1)),
    ] {
        set(spec, key, default);
    }
    if let Some(template) = child(spec, "jobTemplate")
        && let Some(spec) = child(template, "spec")
    {
        pod::template(spec, "template");
    }
}
