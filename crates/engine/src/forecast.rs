//! What a workflow would do from here to its next gate: the objects that each step would write, and
//! where. Pure: the run is walked by the same state machine that carries it out, and each call is
//! answered by what rendering says instead of by a cluster.
//!
//! Invariant: a step whose outcome only a cluster or another service knows ends the forecast, saying so;
//! nothing is guessed.

use jiff::Timestamp;
use mizzen_oam::ApplicationRevision;
use mizzen_oam::application::Component;
use serde_json::{Map, Value, json};

use crate::plan::object::cluster_or_local;
use crate::plan::write::{Occasion, plan as plan_one};
use crate::plan::{Action, ObjectId, Plan, Reason, Rules};
use crate::render::deployment::deployments;
use crate::render::placement::KnownCluster;
use crate::render::{
    Appfile, ClusterVersion, Definition, Definitions, Extras, RenderError, RenderedComponent, Role,
    Target, context, render_component,
};
use crate::workflow::{Call, Done, Pass, Progress, Reply, Run, RunPhase, Spec, Templates};

/// Passes after which a forecast ends: a workflow has fewer gates.
const MOST_PASSES: usize = 100;

/// What a forecast is made from.
#[derive(Clone, Debug)]
pub struct Premises<'a> {
    /// The application.
    pub app: &'a Appfile,
    /// The definitions that its run uses.
    pub definitions: &'a Definitions,
    /// The hub and its members.
    pub clusters: &'a [KnownCluster],
    /// The version of the hub, as templates see it.
    pub version: ClusterVersion,
    /// The time.
    pub now: Timestamp,
}

/// What would happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// In the order in which it would happen.
    pub steps: Vec<Foreseen>,
    /// Where it ends.
    pub end: End,
}

/// What one step would write.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// The step.
    pub step: String,
    /// The objects with the clusters that they go to.
    pub objects: Vec<(String, Value)>,
}

/// Where a forecast ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The run waits here for a person or a time.
    Gate(String),
    /// The run is over and well.
    Finished,
    /// What follows is not known beforehand, or goes wrong.
    Stops {
        /// The step.
        step: String,
        /// Why.
        why: String,
    },
}

/// Walks a run from where it stands to its next gate. `pass_gates` goes on past gates to the end.
///
/// # Errors
/// A sentence when the workflow makes no sense.
pub fn walk(premises: &Premises<'_>, mut run: Run, pass_gates: bool) -> Result<Forecast, String> {
    let spec = Spec::of(premises.app)?;
    let templates = Templates::new(premises.definitions.clone());
    let mut walker = Walker { premises, foreseen: Vec::new(), unknown: None };
    for _ in 0..MOST_PASSES {
        let done = walker.pass(&spec, run, &templates);
        match done.phase {
            RunPhase::Suspending if pass_gates => run = go_on(done.run),
            _ => return Ok(walker.finish(&done)),
        }
    }
    Err(format!("the workflow waits more than {MOST_PASSES} times"))
}

/// The plan of a forecast against what is live.
pub fn plan(forecast: &Forecast, rules: &Rules, live: impl Fn(&ObjectId) -> Option<Value>) -> Plan {
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let actions = objects.map(|(cluster, object)| action(cluster, object, rules, &live)).collect();
    Plan { actions }
}

/// The same, and what was changed from outside where a delivery would look no further: `strict` are
/// the rules by which that counts.
pub fn comparison(
    forecast: &Forecast,
    rules: &Rules,
    strict: &Rules,
    live: impl Fn(&ObjectId) -> Option<Value>,
) -> Plan {
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let compared = |(cluster, object): &(String, Value)| {
        let delivered = action(cluster, object, rules, &live);
        if delivered.reason != Reason::Unchanged {
            return delivered;
        }
        planned(cluster, object, strict, &live, Occasion::StateKeep)
    };
    Plan { actions: objects.map(compared).collect() }
}

fn action(
    cluster: &str,
    object: &Value,
    rules: &Rules,
    live: &impl Fn(&ObjectId) -> Option<Value>,
) -> Action {
    planned(cluster, object, rules, live, Occasion::Delivery)
}

fn planned(
    cluster: &str,
    object: &Value,
    rules: &Rules,
    live: &impl Fn(&ObjectId) -> Option<Value>,
    occasion: Occasion,
) -> Action {
    let id = ObjectId::of(object, cluster);
    let mut action = plan_one(&id, object, live(&id).as_ref(), rules, occasion);
    let component = &object["metadata"]["labels"][mizzen_oam::labels::APP_COMPONENT];
    component.as_str().unwrap_or_default().clone_into(&mut action.component);
    if id.kind == "Secret" {
        action.diff = action.diff.masked();
    }
    action
}

/// The definitions that a revision holds, over those of `base`.
///
/// # Errors
/// When one of them cannot be read.
pub fn snapshot(
    base: &Definitions,
    revision: &ApplicationRevision,
) -> Result<Definitions, RenderError> {
    let mut all = base.clone();
    let spec = &revision.spec;
    let objects = (spec.component_definitions.values().map(|d| json!(d)))
        .chain(spec.trait_definitions.values().map(|d| json!(d)))
        .chain(spec.policy_definitions.values().map(|d| json!(d)))
        .chain(spec.workflow_step_definitions.values().map(|d| json!(d)));
    for object in objects {
        all.insert(Definition::from_object(&object)?);
    }
    Ok(all)
}

/// A run after its gates were passed.
fn go_on(mut run: Run) -> Run {
    run.status.suspend = false;
    for step in &mut run.status.steps {
        let subs = step.sub_steps.iter_mut();
        for step in std::iter::once(&mut step.step).chain(subs) {
            if step.phase == "suspending" {
                "running".clone_into(&mut step.phase);
            }
        }
    }
    run
}

struct Walker<'a> {
    premises: &'a Premises<'a>,
    foreseen: Vec<Foreseen>,
    unknown: Option<(String, String)>,
}

impl Walker<'_> {
    fn pass(&mut self, spec: &Spec, run: Run, templates: &Templates) -> Done {
        let context = context::step(self.premises.app, &self.premises.version);
        let mut count = run.all_steps().count();
        let id = || {
            count += 1;
            format!("foreseen{count}")
        };
        let mut pass = Pass::new(spec, run, templates, &context, self.premises.now, id);
        loop {
            match pass.advance() {
                Progress::Done(done) => return *done,
                Progress::Call(call) => {
                    let reply = self.answer(&call);
                    pass.reply(&call, reply);
                }
            }
        }
    }

    /// What a call would give, from rendering alone.
    fn answer(&mut self, call: &Call) -> Reply {
        let params = &call.params;
        let told = match (call.provider.as_str(), call.action.as_str()) {
            ("multicluster", "deploy") => self.deploy(params).map(|objects| (objects, None)),
            ("oam", "component-apply") => self.component(params),
            ("kube", "apply") => Ok(applied(params)),
            ("kube", "apply-in-parallel") => Ok(applied_all(params)),
            (provider, action) => {
                let why = format!("what {provider}.{action} gives is not known before it runs");
                self.unknown.get_or_insert((call.step_name.clone(), why.clone()));
                return Reply::Wait { value: None, message: why };
            }
        };
        match told {
            Ok((objects, value)) => {
                self.foreseen.push(Foreseen { step: call.step_name.clone(), objects });
                Reply::Done(value)
            }
            Err(why) => {
                self.unknown.get_or_insert((call.step_name.clone(), why.clone()));
                Reply::Failed(why)
            }
        }
    }

    fn deploy(&self, params: &Value) -> Result<Vec<(String, Value)>, String> {
        let premises = self.premises;
        let mut objects = Vec::new();
        for (component, target) in deployments(premises.app, premises.clusters, params)? {
            objects.extend(manifests(&self.render(&component, &target)?));
        }
        Ok(objects)
    }

    fn component(&self, params: &Value) -> Result<Written, String> {
        let component: Component = serde_json::from_value(params["value"].clone())
            .map_err(|why| format!("component: {why}"))?;
        let text = |key: &str| params[key].as_str().unwrap_or_default();
        let target =
            Target { cluster: text("cluster").to_owned(), namespace: text("namespace").to_owned() };
        let rendered = self.render(&component, &target)?;
        let mut outputs = Map::new();
        for manifest in &rendered.manifests {
            if let Role::Auxiliary { resource } | Role::Trait { resource, .. } = &manifest.role {
                outputs.insert(resource.clone(), manifest.object.clone());
            }
        }
        let output = rendered.workload().map(|manifest| manifest.object.clone());
        let value = json!({"output": output, "outputs": outputs});
        Ok((manifests(&rendered).collect(), Some(value)))
    }

    fn render(&self, component: &Component, target: &Target) -> Result<RenderedComponent, String> {
        let extras = Extras {
            cluster_version: self.premises.version.clone(),
            skip_post_dispatch: false,
            ..Extras::default()
        };
        let premises = self.premises;
        render_component(premises.definitions, premises.app, component, target, &extras)
            .map_err(|error| format!("component {}: {error}", component.name))
    }

    fn finish(self, done: &Done) -> Forecast {
        let waiting = || {
            let waits = |step: &&mizzen_oam::status::StepStatus| step.phase == "suspending";
            done.run.all_steps().filter(waits).last().map(|step| step.name.clone())
        };
        let end = match (self.unknown, done.phase) {
            (Some((step, why)), _) => End::Stops { step, why },
            (None, RunPhase::Suspending) => End::Gate(waiting().unwrap_or_default()),
            (None, RunPhase::Succeeded) => End::Finished,
            (None, _) => stopped(done),
        };
        Forecast { steps: self.foreseen, end }
    }
}

/// Objects with their clusters, and what the call gives.
type Written = (Vec<(String, Value)>, Option<Value>);

fn manifests(rendered: &RenderedComponent) -> impl Iterator<Item = (String, Value)> {
    let managed = rendered.workload_managed;
    let written = rendered.manifests.iter().filter(move |m| !(managed && m.role == Role::Workload));
    written.map(|manifest| {
        let mut object = manifest.object.clone();
        // The controller labels an object with its cluster as the step wrote it.
        let label = &mut object["metadata"]["labels"][mizzen_oam::labels::CLUSTER];
        if label.is_null() {
            *label = json!(rendered.target.cluster);
        }
        (manifest.cluster.clone(), object)
    })
}

fn applied(params: &Value) -> Written {
    let object = params["value"].clone();
    let cluster = cluster_or_local(params["cluster"].as_str().unwrap_or_default()).to_owned();
    (vec![(cluster, object.clone())], Some(json!({ "value": object })))
}

fn applied_all(params: &Value) -> Written {
    let cluster = cluster_or_local(params["cluster"].as_str().unwrap_or_default());
    let objects = params["value"].as_array().cloned().unwrap_or_default();
    (objects.into_iter().map(|object| (cluster.to_owned(), object)).collect(), None)
}

/// The first step that is not over or not well.
fn stopped(done: &Done) -> End {
    let well = |phase: &str| ["succeeded", "skipped"].contains(&phase);
    let step = done.run.all_steps().find(|step| !well(&step.phase));
    match step {
        Some(step) => End::Stops {
            step: step.name.clone(),
            why: if step.message.is_empty() { step.phase.clone() } else { step.message.clone() },
        },
        None => End::Stops { step: String::new(), why: done.phase.word().to_owned() },
    }
}
