//! A row of the table: ours, the peer's, their ratio and the goals.

use serde_json::json;

/// What a figure should reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Ours at most.
    Ours(f64),
    /// Ours at least.
    Above(f64),
    /// So many times better than the peer.
    Ratio(f64),
}

/// One figure.
pub(crate) struct Row {
    id: String,
    ours: f64,
    peer: Option<f64>,
    unit: &'static str,
    /// Larger figures are better ones.
    rising: bool,
    goals: Vec<Goal>,
    pub(crate) note: Option<String>,
}

impl Row {
    fn new(id: &str, ours: f64, peer: Option<f64>, unit: &'static str, rising: bool) -> Self {
        Self { id: id.to_owned(), ours, peer, unit, rising, goals: Vec::new(), note: None }
    }

    /// A time: ours in seconds, the peer's in microseconds.
    pub(crate) fn micros(id: &str, seconds: f64, peer: Option<f64>) -> Self {
        Self::new(id, seconds * 1e6, peer, "us", false)
    }

    pub(crate) fn kib(id: &str, ours: f64, peer: Option<f64>) -> Self {
        Self::new(id, ours, peer, "KiB", false)
    }

    pub(crate) fn speed(id: &str, ours: f64, peer: Option<f64>) -> Self {
        Self::new(id, ours, peer, "MB/s", true)
    }

    pub(crate) fn times(id: &str, ours: f64) -> Self {
        Self::new(id, ours, None, "x", true)
    }

    pub(crate) fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    /// How many times better than the peer.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let peer = self.peer?;
        Some(if self.rising { self.ours / peer } else { peer / self.ours })
    }

    /// Whether all goals are met; None where a goal needs the peer and there is none.
    fn met(&self) -> Option<bool> {
        let met = |goal: &Goal| match *goal {
            Goal::Ours(most) => Some(self.ours <= most),
            Goal::Above(least) => Some(self.ours >= least),
            Goal::Ratio(least) => Some(self.ratio()? >= least),
        };
        self.goals.iter().map(met).try_fold(true, |all, met| Some(all && met?))
    }

    pub(crate) fn print(&self, as_json: bool) {
        let met = self.met();
        let goals: Vec<_> = self.goals.iter().map(|goal| goal_text(*goal, self.unit)).collect();
        let goals = goals.join(", ");
        if as_json {
            println!(
                "{}",
                json!({"id": self.id, "ours": self.ours, "peer": self.peer, "unit": self.unit,
                    "ratio": self.ratio(), "goal": goals, "met": met, "note": self.note})
            );
            return;
        }
        let figure = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.1}"));
        let met = match met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "no peer",
        };
        println!(
            "{:<34} ours {:>9.1} {:<4}  peer {:>10}  ratio {:>7}  goal {:<18} {met}{}",
            self.id,
            self.ours,
            self.unit,
            figure(self.peer),
            figure(self.ratio()),
            goals,
            self.note.as_ref().map_or(String::new(), |note| format!("  {note}")),
        );
    }
}

fn goal_text(goal: Goal, unit: &str) -> String {
    match goal {
        Goal::Ours(most) => format!("<= {most} {unit}"),
        Goal::Above(least) => format!(">= {least} {unit}"),
        Goal::Ratio(least) => format!(">= {least} x"),
    }
}

/// The geometric mean; not a number where there is nothing.
pub(crate) fn mean(ratios: &[f64]) -> f64 {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (logs / ratios.len() as f64).exp()
}
