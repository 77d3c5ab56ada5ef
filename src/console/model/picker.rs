//! A list to choose from by a few letters: the palette of everything that can be done or gone to.
//!
//! Invariant: what stands in it is found anew with every key, so it is no older than what is read in it.

use super::action::Action;
use super::address::Address;
use super::app::AppKey;
use super::logs::Scope;
use super::order::{Order, TreeOrder};
use crate::console::term::clean::Clean;

/// Entries that are kept of what was found; nobody reads more.
pub const MOST: usize = 200;
/// Commands that are remembered.
const REMEMBERED: usize = 50;

/// What is chosen from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Everything that can be done or gone to.
    #[default]
    Anything,
    /// The orders of a list.
    Order,
    /// The orders of a resource tree.
    Tree,
    /// The addresses that are kept.
    Bookmark,
    /// The gates of an application that waits at several.
    Gate,
    /// The containers in which a shell may be opened.
    Shell,
    /// The containers whose logs may be read.
    Logs,
}

/// What an entry leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Does what a key does.
    Action(Action),
    /// Opens an application.
    App(AppKey),
    /// Lists what runs in a cluster.
    Cluster(String),
    /// Shows the resources of a kind in the open application.
    Kind(String),
    /// Puts the rows into an order, or back into their own.
    Order(Option<Order>),
    /// Puts the resource tree into an order.
    Tree(TreeOrder),
    /// Goes to an address.
    Go(Box<Address>),
    /// Approves one gate, or all of them.
    Gate(AppKey, Option<String>),
    /// Opens a shell in a container: its cluster, and the pod with its container as a plan names them.
    Shell(String, String),
    /// Reads the logs of a container, or of everything.
    Logs(Option<Box<Scope>>),
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called; what is typed is looked for in it.
    pub name: Clean,
    /// What kind of thing it is.
    pub what: &'static str,
    /// What it does or how it is.
    pub help: Clean,
    /// The key that does the same.
    pub key: Clean,
    /// Why it cannot be chosen now.
    pub unless: Option<Clean>,
    /// What it leads to.
    pub target: Target,
}

/// The list in front, with what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picker {
    /// What is chosen from.
    pub choice: Choice,
    /// What was typed.
    pub text: String,
    /// The entry the cursor is on.
    pub at: usize,
    /// What fits, the best first; at most [`MOST`].
    pub found: Vec<Entry>,
    /// How many fit.
    pub count: usize,
    /// Whether what is chosen from is still being read.
    pub reading: bool,
    /// Which of the remembered commands was called back, counted from the last.
    pub recalled: Option<usize>,
}

/// What was chosen before, the last one last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered(Vec<String>);

impl Remembered {
    /// Remembers a choice; one that was made before moves to the end.
    pub fn push(&mut self, name: &str) {
        self.0.retain(|known| known != name);
        self.0.push(name.to_owned());
        let over = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..over);
    }

    /// The choice so many before the last.
    #[must_use]
    pub fn back(&self, by: usize) -> Option<&str> {
        self.0.iter().rev().nth(by).map(String::as_str)
    }
}
