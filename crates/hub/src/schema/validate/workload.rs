//! The kinds that own pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob.

use serde_json::Value;

use super::{Findings, items, parse_schedule, pod, selector, text};
use crate::schema::intstr::int_value;

/// The kinds of `apps`.
pub(super) fn apps(kind: &str, object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    match kind {
        "Deployment" => deployment(spec, found),
        "ReplicaSet" => replica_set(spec, found),
        "StatefulSet" => stateful_set(spec, found),
        "DaemonSet" => daemon_set(spec, found),
        _ => {}
    }
}

fn required_selector(spec: &Value, kind: &str, found: &mut Findings) {
    let labels = &spec["selector"];
    if labels.is_null() {
        found.required("spec.selector", "");
        return;
    }
    selector::check(labels, "spec.selector", found);
    if selector::is_empty(labels) {
        let detail = format!("empty selector is invalid for {kind}");
        found.invalid("spec.selector", labels, &detail);
    }
}

fn always_restarts(spec: &Value, found: &mut Findings) {
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy.as_str().is_some_and(|p| p != "Always") {
        found.not_supported("spec.template.spec.restartPolicy", policy, &["Always"]);
    }
}

fn deployment(spec: &Value, found: &mut Findings) {
    found.non_negative(spec, "spec", "replicas");
    required_selector(spec, "deployment", found);
    pod::template(&spec["template"], &spec["selector"], "spec.template", found);
    always_restarts(spec, found);
    strategy(&spec["strategy"], found);
    found.non_negative(spec, "spec", "minReadySeconds");
    found.non_negative(spec, "spec", "revisionHistoryLimit");
    found.non_negative(spec, "spec", "progressDeadlineSeconds");
    let ready = spec["minReadySeconds"].as_i64().unwrap_or(0);
    if spec["progressDeadlineSeconds"].as_i64().is_some_and(|deadline| deadline <= ready) {
        found.invalid(
            "spec.progressDeadlineSeconds",
            &spec["progressDeadlineSeconds"],
            "must be greater than minReadySeconds",
        );
    }
}

fn strategy(strategy: &Value, found: &mut Findings) {
    let rolling = &strategy["rollingUpdate"];
    match text(strategy, "type") {
        "Recreate" if rolling.is_object() => found.forbidden(
            "spec.strategy.rollingUpdate",
            "may not be specified when strategy `type` is 'Recreate'",
        ),
        "Recreate" => {}
        "RollingUpdate" => rolling_update(rolling, found),
        _ => found.not_supported("spec.strategy", strategy, &["Recreate", "RollingUpdate"]),
    }
}

fn rolling_update(rolling: &Value, found: &mut Findings) {
    let path = "spec.strategy.rollingUpdate";
    for key in ["maxUnavailable", "maxSurge"] {
        int_or_percent(&rolling[key], &format!("{path}.{key}"), found);
    }
    let number = |key: &str| {
        let value = &rolling[key];
        int_value(value).or_else(|| value.as_str()?.strip_suffix('%')?.parse().ok()).unwrap_or(0)
    };
    if number("maxUnavailable") == 0 && number("maxSurge") == 0 {
        found.invalid(
            format!("{path}.maxUnavailable"),
            &rolling["maxUnavailable"],
            "may not be 0 when `maxSurge` is 0",
        );
    }
    if rolling["maxUnavailable"].is_string() && number("maxUnavailable") > 100 {
        found.invalid(
            format!("{path}.maxUnavailable"),
            &rolling["maxUnavailable"],
            "must not be greater than 100%",
        );
    }
}

fn int_or_percent(value: &Value, path: &str, found: &mut Findings) {
    let percent = value.as_str().map(|text| {
        let digits = text.strip_suffix('%').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    if percent == Some(false) {
        found.invalid(
            path,
            value,
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        );
    } else if value.as_i64().is_some_and(|n| n < 0) {
        found.invalid(path, value, "must be greater than or equal to 0");
    }
}

fn replica_set(spec: &Value, found: &mut Findings) {
    found.non_negative(spec, "spec", "replicas");
    found.non_negative(spec, "spec", "minReadySeconds");
    required_selector(spec, "deployment", found);
    pod::template(&spec["template"], &spec["selector"], "spec.template", found);
    always_restarts(spec, found);
}

fn stateful_set(spec: &Value, found: &mut Findings) {
    let policy = text(spec, "podManagementPolicy");
    if policy != "OrderedReady" && policy != "Parallel" {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        found.invalid("spec.podManagementPolicy", &spec["podManagementPolicy"], detail);
    }
    found.non_negative(spec, "spec", "replicas");
    required_selector(spec, "statefulset", found);
    pod::template(&spec["template"], &spec["selector"], "spec.template", found);
    always_restarts(spec, found);
}

fn daemon_set(spec: &Value, found: &mut Findings) {
    required_selector(spec, "daemonset", found);
    pod::template(&spec["template"], &spec["selector"], "spec.template", found);
    always_restarts(spec, found);
    found.non_negative(spec, "spec", "minReadySeconds");
    found.non_negative(spec, "spec", "revisionHistoryLimit");
}

/// A Job.
pub(super) fn job(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    if spec["selector"].is_object() {
        pod::template(&spec["template"], &spec["selector"], "spec.template", found);
    } else {
        pod::plain_template(&spec["template"], "spec.template", found);
    }
    job_spec(spec, "spec", found);
}

fn job_spec(spec: &Value, path: &str, found: &mut Findings) {
    for key in [
        "parallelism",
        "completions",
        "backoffLimit",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
    ] {
        found.non_negative(spec, path, key);
    }
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy == "Always" {
        let at = format!("{path}.template.spec.restartPolicy");
        found.push(
            super::FieldErrorType::Required,
            at,
            "Required value: valid values: \"OnFailure\", \"Never\"".to_owned(),
        );
    }
    if spec["completionMode"] == "Indexed" && spec["completions"].is_null() {
        let detail = "when completion mode is Indexed";
        found.required(format!("{path}.completions"), detail);
    }
}

/// A CronJob.
pub(super) fn cron_job(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    if object["metadata"]["name"].as_str().is_some_and(|name| name.len() > 52) {
        found.invalid(
            "metadata.name",
            &object["metadata"]["name"],
            "must be no more than 52 characters",
        );
    }
    let schedule = text(spec, "schedule");
    if schedule.is_empty() {
        found.required("spec.schedule", "");
    } else if let Err(problem) = parse_schedule(schedule) {
        found.invalid("spec.schedule", &spec["schedule"], &problem);
    }
    found.one_of(spec, "spec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"]);
    let job = &spec["jobTemplate"]["spec"];
    if !items(&job["template"]["spec"], "containers").is_empty() || job.is_object() {
        pod::plain_template(&job["template"], "spec.jobTemplate.spec.template", found);
        job_spec(job, "spec.jobTemplate.spec", found);
    }
}
