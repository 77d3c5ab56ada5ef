//! The CronJob controller: a Job at each moment of a schedule, and a short history of them.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::json::{as_object, int, items, meta, object_mut, text};
use crate::schema::parse_schedule;
use crate::sim::object::{deleting, holds, owner_reference};
use crate::sim::plan::{Actor, Ctx, Plan, note, warning};
use crate::sim::world::Kind;

const COMPONENT: &str = "cronjob-controller";
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// Plans the next step of a CronJob.
pub(crate) fn reconcile(ctx: &Ctx<'_>, cron: &Value, plan: &mut Plan) {
    if deleting(cron) {
        return;
    }
    let jobs = ctx.world.controlled(meta(cron, "uid"), Kind::Job);
    clean_up(cron, &jobs, plan);
    let mut status = follow(ctx, cron, &jobs, plan);
    if cron["spec"]["suspend"] != true {
        schedule(ctx, cron, &jobs, &mut status, plan);
    }
    plan.status(Kind::CronJob, cron, status, Actor::Manager);
}

fn is_over(job: &Value) -> bool {
    holds(job, "Complete") || holds(job, "Failed")
}

/// The status with the active Jobs as they are; Jobs that ended are told.
fn follow(ctx: &Ctx<'_>, cron: &Value, jobs: &[Arc<Value>], plan: &mut Plan) -> Value {
    let _ = ctx;
    let mut status = cron["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    for entry in items(cron, &["status", "active"]) {
        let job = jobs.iter().find(|job| meta(job, "uid") == text(entry, &["uid"]));
        if let Some(job) = job.filter(|job| is_over(job)) {
            let how = if holds(job, "Complete") { "Complete" } else { "Failed" };
            let text = format!("Saw completed job: {}, condition: {how}", meta(job, "name"));
            plan.tell(note(COMPONENT, Kind::CronJob, cron, "SawCompletedJob", text));
            if how == "Complete" {
                status["lastSuccessfulTime"] = job["status"]["completionTime"].clone();
            }
        }
    }
    let active: Vec<Value> =
        jobs.iter().filter(|job| !is_over(job)).map(|job| reference(job)).collect();
    if active.is_empty() {
        as_object(&mut status).shift_remove("active");
    } else {
        status["active"] = json!(active);
    }
    status
}

fn reference(job: &Value) -> Value {
    let meta = &job["metadata"];
    json!({"kind": "Job", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"],
        "apiVersion": "batch/v1", "resourceVersion": meta["resourceVersion"]})
}

/// Creates the Job that is due, and asks to be called at the next moment.
fn schedule(ctx: &Ctx<'_>, cron: &Value, jobs: &[Arc<Value>], status: &mut Value, plan: &mut Plan) {
    let Ok(schedule) = parse_schedule(text(cron, &["spec", "schedule"])) else { return };
    let zone = match text(cron, &["spec", "timeZone"]) {
        "" => TimeZone::UTC,
        name => match TimeZone::get(name) {
            Ok(zone) => zone,
            Err(_) => {
                let text = format!("invalid timeZone: {name:?}: unknown time zone {name}");
                plan.tell(warning(COMPONENT, Kind::CronJob, cron, "UnknownTimeZone", text));
                return;
            }
        },
    };
    let earliest = text(cron, &["status", "lastScheduleTime"]);
    let earliest = if earliest.is_empty() { meta(cron, "creationTimestamp") } else { earliest };
    let Ok(from) = earliest.parse::<Timestamp>() else { return };
    let now = ctx.now.to_zoned(zone.clone());
    let due = last_due(&schedule, &from.to_zoned(zone), &now);
    if let Some(next) = schedule.next(&now) {
        plan.wake_at(next.timestamp());
    }
    let Some(due) = due else { return };
    if let Some(limit) = int(cron, &["spec", "startingDeadlineSeconds"])
        && ctx.now.duration_since(due) > SignedDuration::from_secs(limit)
    {
        let text = format!("Missed scheduled time to start a job: {due}");
        plan.tell(warning(COMPONENT, Kind::CronJob, cron, "MissSchedule", text));
        return;
    }
    let active: Vec<&Arc<Value>> = jobs.iter().filter(|job| !is_over(job)).collect();
    match text(cron, &["spec", "concurrencyPolicy"]) {
        "Forbid" if !active.is_empty() => {
            let text = "Not starting job because prior execution is running and concurrency policy is Forbid";
            plan.tell(note(COMPONENT, Kind::CronJob, cron, "JobAlreadyActive", text));
            return;
        }
        "Replace" => active.iter().for_each(|job| {
            let options = json!({"propagationPolicy": "Background"});
            plan.delete(Kind::Job, job, options, Actor::Manager);
        }),
        _ => {}
    }
    create(cron, due, plan);
    status["lastScheduleTime"] = json!(format_seconds(due));
}

/// The last moment of the schedule between two times.
fn last_due(schedule: &crate::schema::Schedule, from: &Zoned, now: &Zoned) -> Option<Timestamp> {
    let mut due = None;
    let mut at = from.clone();
    for _ in 0..1000 {
        match schedule.next(&at) {
            Some(next) if next <= *now => {
                due = Some(next.timestamp());
                at = next;
            }
            _ => break,
        }
    }
    due
}

fn create(cron: &Value, due: Timestamp, plan: &mut Plan) {
    let template = &cron["spec"]["jobTemplate"];
    let name = format!("{}-{}", meta(cron, "name"), due.as_second() / 60);
    let mut metadata = json!({"name": name, "namespace": meta(cron, "namespace"),
        "ownerReferences": [owner_reference(Kind::CronJob, cron)]});
    for key in ["labels", "annotations"] {
        if template["metadata"][key].is_object() {
            metadata[key] = template["metadata"][key].clone();
        }
    }
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
        "spec": template["spec"]});
    as_object(object_mut(&mut job, "metadata").entry("annotations").or_insert_with(|| json!({})))
        .insert(SCHEDULED.into(), json!(format_seconds(due)));
    plan.create(Kind::Job, job, Actor::Manager, None);
    let text = format!("Created job {name}");
    plan.tell(note(COMPONENT, Kind::CronJob, cron, "SuccessfulCreate", text));
}

/// Deletes the oldest finished Jobs beyond the history limits.
fn clean_up(cron: &Value, jobs: &[Arc<Value>], plan: &mut Plan) {
    for (condition, limit, default) in
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let limit = int(cron, &["spec", limit]).unwrap_or(default);
        let mut over: Vec<_> =
            jobs.iter().filter(|job| holds(job, condition) && !deleting(job)).collect();
        over.sort_by_key(|job| text(job, &["status", "startTime"]).to_owned());
        let surplus = over.len() - over.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        for job in over.into_iter().take(surplus) {
            let options = json!({"propagationPolicy": "Background"});
            plan.delete(Kind::Job, job, options, Actor::Manager);
            let text = format!("Deleted job {}", meta(job, "name"));
            plan.tell(note(COMPONENT, Kind::CronJob, cron, "SuccessfulDelete", text));
        }
    }
}
