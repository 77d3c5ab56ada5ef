//! The evaluator of reference, as a program that takes jobs and answers with their figures.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::work::Work;

/// What the peer is to measure.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) measure: &'static str,
    pub(crate) files: Vec<String>,
    pub(crate) packages: Vec<(String, String)>,
    pub(crate) parameter: Value,
    pub(crate) context: Value,
}

impl Job {
    /// A measure of a definition.
    pub(crate) fn of(work: &Work, measure: &'static str) -> Self {
        Self {
            id: work.job(measure),
            measure,
            files: vec![work.template.clone()],
            packages: work.packages.clone(),
            parameter: work.parameter.clone(),
            context: work.context.clone(),
        }
    }

    /// An archive, from text to value.
    pub(crate) fn archive(name: &str, files: &[String]) -> Self {
        Self {
            id: format!("archive/{name}"),
            measure: "evaluate",
            files: files.to_vec(),
            packages: Vec::new(),
            parameter: Value::Null,
            context: Value::Null,
        }
    }

    fn json(&self) -> Value {
        let packages: serde_json::Map<_, _> =
            self.packages.iter().map(|(path, text)| (path.clone(), json!(text))).collect();
        json!({"id": self.id, "measure": self.measure, "files": self.files, "packages": packages,
            "parameter": self.parameter, "context": self.context, "seconds": crate::PEER_SECONDS})
    }
}

/// The peer's answers by job; empty when there is no peer.
pub(crate) struct Peer(HashMap<String, Value>);

impl Peer {
    /// Has all jobs measured. A job that failed there is told and has no figure.
    pub(crate) fn measure(jobs: &[Job]) -> Self {
        let Some(program) = std::env::var_os("MIZZEN_PEER") else {
            eprintln!("no peer to compare with: run `cargo xtask bench cue` where Go is installed");
            return Self(HashMap::new());
        };
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the peer starts");
        let jobs: Vec<_> = jobs.iter().map(Job::json).collect();
        let mut input = child.stdin.take().expect("it was asked for");
        input.write_all(Value::from(jobs).to_string().as_bytes()).expect("the peer reads");
        drop(input);
        let output = child.wait_with_output().expect("the peer ends");
        let mut answers = HashMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let answer: Value = serde_json::from_str(line).expect("the peer answers in JSON");
            let id = answer["id"].as_str().unwrap_or_default().to_owned();
            match answer["error"].as_str() {
                Some(error) => eprintln!("the peer cannot do {id}: {error}"),
                None => drop(answers.insert(id, answer)),
            }
        }
        Self(answers)
    }

    /// Microseconds of one turn of a job.
    pub(crate) fn micros(&self, job: &str) -> Option<f64> {
        Some(self.0.get(job)?["nanos"].as_f64()? / 1e3)
    }

    /// KiB that a job measured.
    pub(crate) fn kib(&self, job: &str) -> Option<f64> {
        Some(self.0.get(job)?["bytes"].as_f64()? / 1024.0)
    }

    /// A note when the peer made something else than we did.
    pub(crate) fn difference(&self, job: &str, ours: &Value) -> Option<String> {
        let theirs = self.0.get(job)?["made"].as_str()?;
        let theirs: Value = serde_json::from_str(theirs).ok()?;
        (theirs != *ours).then(|| "differs from the peer's result".to_owned())
    }
}
