//! The sheet: what would happen, to whom, why, and the one way to say yes.
//!
//! Invariant: a sheet is bound to what it showed. It can be committed only when its plan is there,
//! nothing moved since, the person gave what the tier asks for, and the focus was moved to the verb.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::AppKey;
use crate::console::term::clean::Clean;

/// Keys are ignored for so long after a sheet opened: type-ahead must not approve.
pub const DEAF_MS: i64 = 300;
/// After something moved the verb cannot be reached for so long.
pub const MOVED_MS: i64 = 1000;

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Approve what waits.
    Approve,
    /// Hold the run.
    Hold,
    /// Go back to the last revision that was well.
    RollBack,
    /// Run the workflow again.
    ReRun,
    /// End the run.
    Terminate,
    /// Undo drift.
    Repair,
    /// Open a shell in a container.
    Exec,
    /// Let drift be.
    Allow,
    /// Deliver what it asks for now once more.
    ReApply,
}

impl Verb {
    /// Its word on the button.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::RollBack => "roll back",
            Self::ReRun => "re-run",
            Self::Terminate => "terminate",
            Self::Repair => "repair",
            Self::Exec => "open the shell",
            Self::Allow => "allow",
            Self::ReApply => "re-apply",
        }
    }

    /// What undoes it.
    ///
    /// # Errors
    /// Nothing does: what there is instead.
    pub fn inverse(self) -> Result<Self, &'static str> {
        match self {
            Self::Hold => Ok(Self::Approve),
            Self::Approve => Err("what went on cannot be taken back; hold it, or roll back"),
            Self::ReRun => Err("the run was forgotten; hold it, or roll back"),
            Self::Terminate => Err("the run is over; run it again"),
            Self::RollBack => Err("roll back to the revision from before, in its revisions"),
            Self::Repair => Err("what somebody had changed is gone; the diff was in the sheet"),
            Self::Exec => Err("what was done in a shell is not known here"),
            Self::ReApply => Err("what was delivered before stands in its revisions; roll back"),
            Self::Allow => Err("the rule stands in its policies; take it out there"),
        }
    }

    /// Whether it asks for a code besides the gesture: what it does is hard to undo.
    #[must_use]
    pub fn asks_code(self) -> bool {
        matches!(self, Self::RollBack | Self::Terminate)
    }
}

/// One line of a plan as the sheet shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Where.
    pub cluster: String,
    /// `create`, `patch`, `delete`, `keep` ...
    pub verb: String,
    /// What.
    pub object: Clean,
    /// Why.
    pub reason: Clean,
    /// The lines that are shown first.
    pub first: Vec<super::detail::DiffLine>,
    /// Everything that differs, line by line.
    pub diff: Vec<super::detail::DiffLine>,
}

/// What would happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// The effect layer keeps the plan itself under this number.
    pub number: u64,
    /// In plain words, with numbers.
    pub headline: Clean,
    /// What follows from it, line by line.
    pub consequences: Vec<Clean>,
    /// What the controller will do in consequence, cluster by cluster: a forecast.
    pub rows: Vec<PlanRow>,
    /// What is written when the person says yes.
    pub writes: Vec<PlanRow>,
    /// The facts without which nothing is written.
    pub relies_on: Option<Clean>,
}

/// How far a sheet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The plan is being computed, since this moment.
    Planning(Timestamp),
    /// It is shown.
    Ready(PlanView),
    /// It cannot be done, and why.
    Refused(Clean),
    /// It is being carried out.
    Running(PlanView),
    /// It was carried out; what came of it.
    Done(Clean),
}

/// Where the focus is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// On the button that does nothing. Every sheet begins here.
    #[default]
    Cancel,
    /// In the reason.
    Reason,
    /// In the code.
    Code,
    /// On the verb.
    Commit,
}

/// One application of a sheet, with a plan of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which application.
    pub key: AppKey,
    /// Which revision or step was chosen, where one was.
    pub subject: Option<String>,
    /// How far it is.
    pub stage: Stage,
}

/// How far a sheet is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A plan is still being computed.
    Planning,
    /// Something can be carried out.
    Ready,
    /// Something is being carried out.
    Running,
    /// Nothing is left to be done.
    Over,
}

/// A sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What is wanted.
    pub verb: Verb,
    /// Of which applications, in the order in which they are carried out; never empty.
    pub targets: Vec<Target>,
    /// Where the focus is.
    pub focus: Focus,
    /// Why, in the person's words.
    pub reason: String,
    /// The code to be typed, where the verb asks for one.
    pub code: Option<String>,
    /// What was typed of it.
    pub typed: String,
    /// When it opened.
    pub opened: Timestamp,
    /// What moved while it was open, and when.
    pub moved: Option<(Timestamp, Clean)>,
    /// First line of the plan that is shown.
    pub offset: usize,
    /// Whether everything that differs is shown.
    pub whole: bool,
}

impl Sheet {
    /// A sheet that waits for its plans. What is hard to undo, or reaches far, asks for a code.
    #[must_use]
    pub fn open(
        verb: Verb,
        subjects: Vec<(AppKey, Option<String>)>,
        reaches_far: bool,
        now: Timestamp,
    ) -> Self {
        let target = |(key, subject)| Target { key, subject, stage: Stage::Planning(now) };
        Self {
            verb,
            targets: subjects.into_iter().map(target).collect(),
            focus: Focus::Cancel,
            reason: String::new(),
            code: (verb.asks_code() || reaches_far).then(|| code(now)),
            typed: String::new(),
            opened: now,
            moved: None,
            offset: 0,
            whole: false,
        }
    }

    /// The application, when it is about one alone.
    #[must_use]
    pub fn only(&self) -> Option<&Target> {
        self.targets.first().filter(|_| self.targets.len() == 1)
    }

    /// The target that is an application.
    pub fn target_mut(&mut self, key: &AppKey) -> Option<&mut Target> {
        self.targets.iter_mut().find(|target| target.key == *key)
    }

    /// The first target that can be carried out.
    #[must_use]
    pub fn next(&self) -> Option<(usize, &PlanView)> {
        self.targets.iter().enumerate().find_map(|(at, target)| match &target.stage {
            Stage::Ready(plan) => Some((at, plan)),
            Stage::Planning(_) | Stage::Refused(_) | Stage::Running(_) | Stage::Done(_) => None,
        })
    }

    /// How many targets can be carried out.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.targets.iter().filter(|target| matches!(target.stage, Stage::Ready(_))).count()
    }

    /// How far it is as a whole.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let any = |is: fn(&Stage) -> bool| self.targets.iter().any(|target| is(&target.stage));
        if any(|stage| matches!(stage, Stage::Running(_))) {
            Phase::Running
        } else if any(|stage| matches!(stage, Stage::Planning(_))) {
            Phase::Planning
        } else if any(|stage| matches!(stage, Stage::Ready(_))) {
            Phase::Ready
        } else {
            Phase::Over
        }
    }

    /// Whether keys do not count yet.
    #[must_use]
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        now.as_millisecond() - self.opened.as_millisecond() < DEAF_MS
    }

    /// Why it cannot be committed now, or `None` when it can.
    #[must_use]
    pub fn obstacle(&self, now: Timestamp) -> Option<&'static str> {
        let moved = |at: Timestamp| now.as_millisecond() - at.as_millisecond() < MOVED_MS;
        match self.phase() {
            Phase::Planning => Some("the plan is not there yet"),
            Phase::Running => Some("it is being done"),
            Phase::Over => Some("nothing of it can be done"),
            Phase::Ready if self.moved.as_ref().is_some_and(|(at, _)| moved(*at)) => {
                Some("something moved; read it first")
            }
            Phase::Ready if self.reason.trim().is_empty() => Some("say why: the reason is empty"),
            Phase::Ready if self.code.as_ref().is_some_and(|code| *code != self.typed) => {
                Some("type the code that stands beside the consequence")
            }
            Phase::Ready => None,
        }
    }

    /// The focus after `tab`.
    #[must_use]
    pub fn next_focus(&self) -> Focus {
        match self.focus {
            Focus::Cancel => Focus::Reason,
            Focus::Reason if self.code.is_some() => Focus::Code,
            Focus::Reason | Focus::Code => Focus::Commit,
            Focus::Commit => Focus::Cancel,
        }
    }
}

/// Two letters that are hard to confuse, another pair each time.
fn code(now: Timestamp) -> String {
    const LETTERS: &[u8] = b"acdefhkmprtwxy";
    let count = LETTERS.len() as u64;
    let seed = now.as_nanosecond().unsigned_abs() as u64;
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17;
    let letter = |n: u64| char::from(LETTERS[(n % count) as usize]);
    [letter(mixed), letter(mixed / count)].iter().collect()
}
