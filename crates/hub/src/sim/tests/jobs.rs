//! Jobs and CronJobs.

use serde_json::{Value, json};

use super::harness::Bench;
use crate::json::{int, items, meta, text};
use crate::sim::Timing;
use crate::sim::object::{condition, holds};

fn job(image: &str, spec: Value) -> Value {
    let mut object = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
        "spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": image}]}}}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

async fn run(image: &str, spec: Value, end: &str) -> (Bench, Value) {
    let bench = Bench::start(Timing::default()).await;
    bench.create("jobs", job(image, spec)).await;
    let got = bench.until("jobs/j", |j| holds(j, end)).await;
    (bench, got)
}

#[tokio::test(start_paused = true)]
async fn a_job_completes() {
    let (bench, got) = run("task:1", json!({}), "Complete").await;
    assert_eq!(int(&got, &["status", "succeeded"]), Some(1));
    assert!(holds(&got, "SuccessCriteriaMet"));
    assert!(!text(&got, &["status", "completionTime"]).is_empty());
    let told = bench.events("Job").await;
    assert!(told[0].starts_with("SuccessfulCreate: Created pod: j-"), "{told:?}");
    assert_eq!(told[1..], ["Completed: Job completed"]);
    assert_eq!(text(&bench.pods().await[0], &["status", "phase"]), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn parallel_and_indexed_jobs_complete() {
    let (_, got) = run("task:1", json!({"completions": 5, "parallelism": 2}), "Complete").await;
    assert_eq!(int(&got, &["status", "succeeded"]), Some(5));
    let spec = json!({"completions": 4, "parallelism": 3, "completionMode": "Indexed"});
    let (bench, got) = run("task:1", spec, "Complete").await;
    assert_eq!(text(&got, &["status", "completedIndexes"]), "0-3");
    let mut names: Vec<String> =
        bench.pods().await.iter().map(|p| meta(p, "name")[..4].to_owned()).collect();
    names.sort();
    assert_eq!(names, ["j-0-", "j-1-", "j-2-", "j-3-"]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_job_gives_up() {
    let (bench, got) = run("task:sim-exit-2", json!({"backoffLimit": 2}), "Failed").await;
    let failed = condition(&got, "Failed").expect("failed");
    assert_eq!(text(failed, &["reason"]), "BackoffLimitExceeded");
    assert_eq!(text(failed, &["message"]), "Job has reached the specified backoff limit");
    assert_eq!(int(&got, &["status", "failed"]), Some(3));
    assert_eq!(bench.pods().await.len(), 3);

    let (_, got) = run("task:sim-run-1h", json!({"activeDeadlineSeconds": 30}), "Failed").await;
    assert_eq!(text(condition(&got, "Failed").expect("failed"), &["reason"]), "DeadlineExceeded");
}

#[tokio::test(start_paused = true)]
async fn a_finished_job_expires() {
    let bench = Bench::start(Timing::default()).await;
    bench.create("jobs", job("task:1", json!({"ttlSecondsAfterFinished": 20}))).await;
    bench.until("jobs/j", |j| holds(j, "Complete")).await;
    bench.gone("jobs/j").await;
    bench.until("pods", |l| items(l, &["items"]).is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_suspended_job_has_no_pods() {
    let bench = Bench::start(Timing::default()).await;
    bench.create("jobs", job("task:1", json!({"suspend": true}))).await;
    bench.until("jobs/j", |j| holds(j, "Suspended")).await;
    assert!(bench.pods().await.is_empty());
    bench.patch("jobs/j", json!({"spec": {"suspend": false}})).await;
    bench.until("jobs/j", |j| holds(j, "Complete")).await;
}

#[tokio::test(start_paused = true)]
async fn a_cron_job_runs_on_time_and_keeps_little() {
    let bench = Bench::start(Timing::default()).await;
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
        "spec": {"schedule": "*/10 * * * *", "jobTemplate": {"spec": job("task:1", json!({}))["spec"].clone()}}});
    bench.create("cronjobs", cron).await;
    bench
        .until("cronjobs/c", |c| text(c, &["status", "lastScheduleTime"]) == "2026-01-01T00:10:00Z")
        .await;
    bench
        .until("cronjobs/c", |c| text(c, &["status", "lastScheduleTime"]) == "2026-01-01T01:00:00Z")
        .await;
    bench.pass(60).await;
    let jobs = bench.get("jobs").await;
    assert_eq!(items(&jobs, &["items"]).len(), 3, "three are kept");
    let minutes = 1_767_229_200 / 60;
    assert!(items(&jobs, &["items"]).iter().any(|j| meta(j, "name") == format!("c-{minutes}")));
    assert!(
        text(&bench.get("cronjobs/c").await, &["status", "lastSuccessfulTime"])
            > "2026-01-01T01:00:00Z"
    );
}
