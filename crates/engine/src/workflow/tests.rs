//! Runs as tables: steps, what the world answers, and the states that follow.
//!
//! A step's type is the list of calls it makes, such as `call`, `wait`, `fail`; its condition is a
//! path that must hold `true`.

use std::cell::RefCell;
use std::collections::VecDeque;

use jiff::Timestamp;
use mizzen_oam::application::{InputItem, OutputItem, WorkflowStepBase};
use serde_json::{Map, Value, json};

use super::spec::{Group, Step};
use super::*;
use crate::render::appfile::Mode;
use crate::render::step::Action;

struct Fake;

struct Calls {
    calls: Vec<Action>,
    value: Value,
}

impl Program for Calls {
    fn error(&self) -> Option<String> {
        None
    }

    fn text(&self, path: &str) -> String {
        path.to_owned()
    }

    fn actions(&self) -> Vec<Action> {
        self.calls.clone()
    }

    fn fill(&mut self, path: &str, reply: Value) -> Result<(), String> {
        let name = path.trim_end_matches(".$returns").to_owned();
        self.value[name] = json!({ "$returns": reply });
        Ok(())
    }

    fn lookup(&self, expression: &str) -> Result<Value, String> {
        let found = expression.split('.').try_fold(&self.value, |value, part| value.get(part));
        found.cloned().ok_or_else(|| format!("{expression} does not exist"))
    }
}

impl Programs for Fake {
    fn evaluate(
        &self,
        step_type: &str,
        _context: &Value,
        parameter: &Value,
    ) -> Result<Box<dyn Program>, String> {
        let calls = step_type.split('+').map(|word| {
            let (provider, action, params) = match word {
                "wait" => ("builtin", "wait", json!({"continue": false, "message": "not yet"})),
                "fail" => ("builtin", "fail", json!({"message": "no"})),
                "break" => ("builtin", "break", json!({})),
                "hold" => ("builtin", "suspend", json!({})),
                "say" => ("builtin", "message", parameter.clone()),
                other => ("kube", other, parameter.clone()),
            };
            Action {
                path: word.to_owned(),
                action: action.to_owned(),
                provider: provider.to_owned(),
                params: Ok(params),
                legacy: false,
            }
        });
        Ok(Box::new(Calls { calls: calls.collect(), value: json!({ "parameter": parameter }) }))
    }

    fn expression(&self, expression: &str, scope: &Value) -> Result<Value, String> {
        let found = expression.split('.').try_fold(scope, |value, part| value.get(part));
        found.cloned().ok_or_else(|| format!("reference {expression} not found"))
    }
}

/// A run with its world: replies are taken from the front; when none is left, calls succeed.
struct World {
    spec: Spec,
    run: Run,
    now: Timestamp,
    replies: RefCell<VecDeque<Reply>>,
    calls: RefCell<Vec<String>>,
    ids: u32,
}

impl World {
    fn new(mode: Mode, steps: Vec<Step>) -> Self {
        Self {
            spec: Spec { mode, sub_mode: Mode::Dag, steps },
            run: Run::default(),
            now: Timestamp::from_second(1_000_000).expect("a valid second"),
            replies: RefCell::default(),
            calls: RefCell::default(),
            ids: 0,
        }
    }

    fn answer(&self, reply: Reply) {
        self.replies.borrow_mut().push_back(reply);
    }

    fn visit(&mut self) -> (RunPhase, Option<i64>) {
        let context = Map::new();
        let count = &mut self.ids;
        let ids = || {
            *count += 1;
            format!("id{count}")
        };
        let mut pass = Pass::new(&self.spec, self.run.clone(), &Fake, &context, self.now, ids);
        loop {
            match pass.advance() {
                Progress::Call(call) => {
                    self.calls.borrow_mut().push(format!("{}:{}", call.step_name, call.path));
                    let reply = self.replies.borrow_mut().pop_front();
                    pass.reply(&call, reply.unwrap_or(Reply::Done(Some(json!({"v": 1})))));
                }
                Progress::Done(done) => {
                    self.run = done.run;
                    return (done.phase, done.again_after);
                }
            }
        }
    }

    fn later(&mut self, seconds: i64) {
        self.now = Timestamp::from_second(self.now.as_second() + seconds).expect("a valid second");
    }

    /// `name phase/reason` of every recorded step, sub-steps in brackets.
    fn told(&self) -> String {
        let one = |s: &mizzen_oam::status::StepStatus| match s.reason.as_str() {
            "" => format!("{} {}", s.name, s.phase),
            reason => format!("{} {}/{reason}", s.name, s.phase),
        };
        let steps = self.run.status.steps.iter().map(|step| {
            let subs: Vec<_> = step.sub_steps.iter().map(one).collect();
            if subs.is_empty() {
                one(&step.step)
            } else {
                format!("{} [{}]", one(&step.step), subs.join(", "))
            }
        });
        steps.collect::<Vec<_>>().join(", ")
    }

    /// What resuming writes: the run goes on, and what was suspended is running.
    fn resume(&mut self) {
        self.run.status.suspend = false;
        for step in &mut self.run.status.steps {
            for status in std::iter::once(&mut step.step).chain(&mut step.sub_steps) {
                if status.phase == "suspending" {
                    status.phase = "running".into();
                }
            }
        }
    }
}

fn step(name: &str, calls: &str) -> Step {
    let base = WorkflowStepBase {
        name: name.to_owned(),
        step_type: calls.to_owned(),
        ..WorkflowStepBase::default()
    };
    Step { runs: calls.to_owned(), base, alias: None, group: None }
}

fn after(mut step: Step, names: &[&str]) -> Step {
    step.base.depends_on = names.iter().map(|name| (*name).to_owned()).collect();
    step
}

fn when(mut step: Step, condition: &str) -> Step {
    step.base.condition = condition.to_owned();
    step
}

fn within(mut step: Step, timeout: &str) -> Step {
    step.base.timeout = timeout.to_owned();
    step
}

#[test]
fn a_suspended_step_waits_for_its_approval() {
    let steps = vec![step("a", "call"), step("b", "hold+call"), step("c", "call")];
    let mut world = World::new(Mode::StepByStep, steps);
    assert_eq!(world.visit(), (RunPhase::Suspending, None));
    assert_eq!(world.told(), "a succeeded, b suspending/Suspend");
    assert!(world.run.status.suspend);
    assert_eq!(world.visit().0, RunPhase::Suspending, "nothing was approved");
    world.resume();
    assert_eq!(world.visit(), (RunPhase::Succeeded, None));
    assert_eq!(world.told(), "a succeeded, b succeeded, c succeeded");
    assert!(world.run.status.finished);
    assert_eq!(*world.calls.borrow(), ["a:call", "b:call", "c:call"]);
}

#[test]
fn a_person_s_suspension_halts_everything() {
    let mut world = World::new(Mode::StepByStep, vec![step("a", "wait"), step("b", "call")]);
    assert_eq!(world.visit(), (RunPhase::Executing, Some(1)));
    world.run.status.suspend = true;
    world.run.status.steps[0].step.phase = "suspending".into();
    assert_eq!(world.visit(), (RunPhase::Suspending, None));
    assert_eq!(world.told(), "a suspending/Wait");
}

#[test]
fn errors_are_tried_again_and_then_given_up() {
    let mut world = World::new(Mode::StepByStep, vec![step("a", "call"), step("b", "call")]);
    for _ in 0..10 {
        world.answer(Reply::Failed("no".into()));
        assert_eq!(world.visit().0, RunPhase::Executing);
        assert_eq!(world.told(), "a failed/Execute");
    }
    world.answer(Reply::Failed("no".into()));
    assert_eq!(world.visit(), (RunPhase::Failed, None));
    assert_eq!(world.told(), "a failed/FailedAfterRetries, b skipped/Skip");
    assert!(world.run.status.terminated);
    assert_eq!(
        world.run.status.steps[0].step.message,
        "function call error for call: no (value: call)"
    );
}

#[test]
fn waiting_backs_off_and_times_out() {
    let steps = vec![within(step("a", "wait"), "30s"), when(step("b", "call"), "always")];
    let mut world = World::new(Mode::StepByStep, steps);
    let pauses: Vec<_> = (0..9).map(|_| world.visit().1.unwrap_or_default()).collect();
    assert_eq!(pauses, [1, 1, 1, 1, 1, 1, 3, 6, 12]);
    assert_eq!(world.run.status.steps[0].step.message, "not yet");
    world.later(31);
    assert_eq!(world.visit().0, RunPhase::Failed);
    assert_eq!(world.told(), "a failed/Timeout, b succeeded");
}

#[test]
fn a_declared_failure_ends_the_run_and_conditions_still_run() {
    let steps = vec![step("a", "fail"), when(step("b", "call"), "status.a.failed")];
    let mut world = World::new(Mode::StepByStep, steps);
    assert_eq!(world.visit().0, RunPhase::Failed);
    assert_eq!(world.told(), "a failed/Action, b succeeded");
}

#[test]
fn conditions_that_cannot_be_read_skip() {
    let steps = vec![when(step("a", "call"), "status.nobody.failed")];
    let mut world = World::new(Mode::StepByStep, steps);
    assert_eq!(world.visit().0, RunPhase::Succeeded);
    assert_eq!(world.told(), "a skipped/Skip");
    let message = &world.run.status.steps[0].step.message;
    assert!(message.starts_with("pre check error: "), "{message}");
}

#[test]
fn independent_steps_run_together_and_dependent_ones_after() {
    let steps = vec![
        after(step("c", "call"), &["a", "b"]),
        step("a", "call"),
        step("b", "call"),
        step("d", "fail"),
        after(step("e", "call"), &["d"]),
    ];
    let mut world = World::new(Mode::Dag, steps);
    world.answer(Reply::Wait { value: None, message: "wait healthy".into() });
    assert_eq!(world.visit().0, RunPhase::Executing);
    assert_eq!(
        world.told(),
        "a running/Wait, b succeeded, d failed/Action, c pending, e skipped/Skip"
    );
    assert_eq!(world.visit().0, RunPhase::Failed);
    assert_eq!(
        world.told(),
        "a succeeded, b succeeded, d failed/Action, c succeeded, e skipped/Skip"
    );
}

#[test]
fn groups_gather_their_steps() {
    let mut group = step("g", "step-group");
    group.group = Some(Group {
        mode: Mode::Dag,
        steps: vec![step("x", "call"), step("y", "hold"), after(step("z", "call"), &["y"])],
    });
    let mut world = World::new(Mode::StepByStep, vec![group, step("end", "call")]);
    assert_eq!(world.visit().0, RunPhase::Suspending);
    assert_eq!(world.told(), "g suspending [x succeeded, y suspending/Suspend]");
    world.resume();
    assert_eq!(world.visit().0, RunPhase::Succeeded);
    assert_eq!(world.told(), "g succeeded [x succeeded, y succeeded, z succeeded], end succeeded");
}

#[test]
fn values_pass_from_step_to_step() {
    let mut first = step("a", "call");
    first.base.outputs =
        vec![OutputItem { name: "out".into(), value_from: "call.$returns.v".into() }];
    let mut second = step("b", "say");
    second.base.inputs = vec![InputItem { from: "out".into(), parameter_key: "message".into() }];
    second.base.properties = Some(json!({"message": "old"}));
    let mut world = World::new(Mode::Dag, vec![second, first]);
    world.answer(Reply::Done(Some(json!({"v": "new"}))));
    assert_eq!(world.visit().0, RunPhase::Succeeded);
    assert_eq!(world.told(), "a succeeded, b succeeded");
    let said = world.run.status.steps.iter().find(|s| s.step.name == "b");
    assert_eq!(said.map(|s| s.step.message.as_str()), Some("new"));
    assert_eq!(world.run.context.var("out"), Some(&json!("new")));
}

#[test]
fn a_timed_suspension_ends_by_itself_or_early() {
    let hold = |properties: Value| {
        let mut hold = step("s", "suspend");
        hold.base.properties = Some(properties);
        hold
    };
    let mut world = World::new(Mode::StepByStep, vec![hold(json!({"duration": "60s"}))]);
    assert_eq!(world.visit(), (RunPhase::Suspending, Some(60)));
    world.later(20);
    assert_eq!(world.visit(), (RunPhase::Suspending, Some(40)));
    world.later(41);
    assert_eq!(world.visit().0, RunPhase::Succeeded);

    let mut world = World::new(Mode::StepByStep, vec![hold(json!({"duration": "60s"}))]);
    world.visit();
    world.resume();
    assert_eq!(world.visit().0, RunPhase::Succeeded, "an early approval counts");

    let mut world = World::new(Mode::StepByStep, vec![hold(json!({"duration": "1d"}))]);
    assert_eq!(world.visit().0, RunPhase::Executing);
    assert_eq!(world.told(), "s failed/Execute");
}

#[test]
fn a_broken_off_run_is_over() {
    let mut world = World::new(Mode::StepByStep, vec![step("a", "break"), step("b", "call")]);
    assert_eq!(world.visit().0, RunPhase::Failed);
    assert_eq!(world.told(), "a succeeded/Terminate, b succeeded");
}

#[test]
fn a_terminated_run_skips_what_is_left() {
    let steps = vec![step("a", "wait"), step("b", "call"), when(step("c", "call"), "always")];
    let mut world = World::new(Mode::StepByStep, steps);
    world.visit();
    world.run.status.terminated = true;
    world.run.status.steps[0].step.phase = "failed".into();
    world.run.status.steps[0].step.reason = "Terminate".into();
    assert_eq!(world.visit().0, RunPhase::Terminated);
    assert_eq!(world.told(), "a failed/Terminate, b skipped/Skip, c succeeded");
}

#[test]
fn a_run_may_wait_for_a_person_where_others_fail() {
    let steps = vec![step("a", "call"), step("b", "call")];
    let mut world = World::new(Mode::StepByStep, steps);
    world.run.memory.patience.suspend_on_failure = true;
    world.run.memory.patience.errors = 2;
    for visit in 0..3 {
        world.answer(Reply::Failed("no".to_owned()));
        let expected = if visit < 2 { RunPhase::Executing } else { RunPhase::Suspending };
        assert_eq!(world.visit().0, expected, "visit {visit}");
    }
    assert_eq!(world.told(), "a failed/FailedAfterRetries");
    assert!(world.run.status.suspend && !world.run.status.terminated);
    assert_eq!(world.run.status.message, pass::STUCK);
    assert_eq!(world.visit().0, RunPhase::Suspending, "it waits");
    world.run.status.suspend = false;
    assert_eq!(world.visit().0, RunPhase::Succeeded);
    assert_eq!(world.told(), "a succeeded, b succeeded");
    assert_eq!(world.run.status.message, "");
}

#[test]
fn steps_that_log_say_where() {
    let mut context = Context::default();
    let mut log = |params: Value| {
        let action = Action {
            path: "log".into(),
            action: "log".into(),
            provider: "util".into(),
            params: Ok(params.clone()),
            legacy: false,
        };
        builtin::log(&action, &params, &mut context, "tool").expect("a request to log");
        context.kept_value("logConfig").unwrap_or_default().to_owned()
    };
    let told = log(json!({"source": {"resources": [{"labelSelector": {"a": "b"}}]}}));
    assert_eq!(told, r#"{"tool":{"source":{"resources":[{"labelSelector":{"a":"b"}}]}}}"#);
    let told = log(json!({"data": "x", "source": {"url": "http://logs"}}));
    let whole = r#"{"tool":{"data":true,"source":{"url":"http://logs","resources":[{"labelSelector":{"a":"b"}}]}}}"#;
    assert_eq!(told, whole);
}
