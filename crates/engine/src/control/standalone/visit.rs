//! One visit of a run: the calls of its steps, answered by the clusters.
//!
//! Calls about components, policies and trackers have no answer here: there is no application.

use jiff::Timestamp;
use mizzen_oam::WorkflowRun;
use serde_json::{Map, Value, json};

use crate::apply::Writer;
use crate::control::provide::common::Common;
use crate::control::random::step_id;
use crate::control::web::Web;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::render::number::normalised;
use crate::workflow::{Call, Done, Pass, Progress, Reply, Run, Spec, Templates};

/// What a visit works with.
pub(super) struct Visit<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) writer: &'a Writer,
    pub(super) web: &'a dyn Web,
    pub(super) run: &'a WorkflowRun,
}

impl Visit<'_> {
    /// Visits the workflow once.
    pub(super) async fn carry_out(
        &self,
        spec: &Spec,
        run: Run,
        templates: &Templates,
        now: Timestamp,
    ) -> Done {
        let context = context(self.run);
        let mut pass = Pass::new(spec, run, templates, &context, now, step_id);
        loop {
            match pass.advance() {
                Progress::Done(done) => return *done,
                Progress::Call(call) => {
                    let answered = self.provide(&call).await;
                    let reply = answered.unwrap_or_else(|error| Reply::Failed(error.told()));
                    pass.reply(&call, reply);
                }
            }
        }
    }

    async fn provide(&self, call: &Call) -> Result<Reply, Error> {
        let params = &call.params;
        match (call.provider.as_str(), call.action.as_str()) {
            ("kube" | "op", "apply") => self.apply(params).await,
            ("kube" | "op", "apply-in-parallel") => self.apply_all(params).await,
            ("kube" | "op", "patch") => self.patch(params).await,
            ("kube" | "op", "delete") => self.delete(params).await,
            ("config", "create") | ("op", "create-config") => self.create_config(params).await,
            ("oam" | "multicluster" | "query" | "ql", action) => Err(Error::Invalid(format!(
                "the call {}.{action} needs an application; a WorkflowRun has none",
                call.provider
            ))),
            _ => self.common().provide(call).await,
        }
    }

    pub(super) fn common(&self) -> Common<'_> {
        Common { fleet: self.fleet, writer: self.writer, web: self.web }
    }
}

/// What templates see as `context`, the steps' own keys apart: the run's own values come over all.
fn context(run: &WorkflowRun) -> Map<String, Value> {
    let mut context = json!({
        "name": run.metadata.name,
        "namespace": run.metadata.namespace,
        "workflowName": "",
        "publishVersion": "",
    });
    if let (Some(Value::Object(own)), Some(context)) = (&run.spec.context, context.as_object_mut())
    {
        context.extend(own.clone());
    }
    match normalised(&context) {
        Value::Object(sorted) => sorted,
        _ => Map::new(),
    }
}
