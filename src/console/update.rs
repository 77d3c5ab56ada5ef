//! `update(model, message) -> effects`: pure; no I/O, no clock. One file per area.

mod compare;
mod containers;
pub mod cursor;
pub mod delta;
pub mod diff;
pub mod key;
mod logs;
pub mod marks;
pub mod object;
pub mod picker;
pub mod rows;
pub mod sheet;
mod shell;
pub mod sift;
pub mod travel;
mod tree;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::Model;
use super::model::address::Address;
use super::model::app::{App, AppKey};
use super::model::compare::Question;
use super::model::detail::{Comparison, EventRow, Node, Revision};
use super::model::drift::Drift;
use super::model::fleet::Cluster;
use super::model::journal::Deed;
use super::model::logs::{Ask, Batch};
use super::model::nav::{Tab, View};
use super::model::object::{Fact, ObjectRef, YamlLine};
use super::model::sheet::{PlanView, Verb};
use super::term::clean::Clean;
use super::term::input::Input;

/// Everything that can happen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Msg {
    /// A person did something, at this moment.
    Input(Input, Timestamp),
    /// Time passed.
    Time(Timestamp),
    /// A frame was written at this moment: the person can see what is known.
    Painted(Timestamp),
    /// The hub's name, and who the person is as the hub answers.
    Identity(Clean, Clean),
    /// A cluster answered a small question, after so many milliseconds: its version.
    Probed(String, u32, Clean),
    /// What was changed, the last change first.
    Journal(Vec<Deed>),
    /// The person asked to begin at this place.
    Go(Address),
    /// Clusters changed.
    Clusters(Vec<Cluster>),
    /// Applications changed or are gone; `complete` when the first list is through.
    Apps {
        /// New and changed ones.
        changed: Vec<App>,
        /// Those that are gone.
        gone: Vec<AppKey>,
        /// Whether everything was listed.
        complete: bool,
    },
    /// What drifted of some applications; nothing where all is as delivered again.
    Drift(Vec<(AppKey, Option<Drift>)>),
    /// The clusters in which nobody looks for drift, and why.
    Unwatched(BTreeMap<String, Clean>),
    /// The hub cannot be read, and why.
    HubError(Clean),
    /// A part of the open application arrived.
    Part(AppKey, PartUpdate),
    /// A plan was computed, or why it cannot be.
    Planned(Verb, AppKey, Result<PlanView, Clean>),
    /// Something that was asked for is done, or why not.
    Told(Clean),
    /// A plan was carried out: what came of it. A refusal holds the new facts.
    Ran(u64, Result<Clean, Clean>),
}

/// A part of the open application, or why it cannot be had.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PartUpdate {
    /// The resource tree.
    Tree(Result<Vec<Node>, Clean>),
    /// The comparison that was asked for.
    Diff(Question, Result<Comparison, Clean>),
    /// The revisions.
    Revisions(Result<Vec<Revision>, Clean>),
    /// An object in a summary; the application itself where none is named.
    Info(Option<ObjectRef>, Result<Vec<Fact>, Clean>),
    /// An object as lines.
    Yaml(Option<ObjectRef>, Result<Vec<YamlLine>, Clean>),
    /// The events.
    Events(Result<Vec<EventRow>, Clean>),
    /// Lines of the logs, as answer to the question of this generation.
    Logs(u64, Result<Batch, Clean>),
}

/// What is known of an application in the lists, for the archive of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The hub.
    pub hub: Clean,
    /// Who the person is.
    pub identity: Clean,
    /// Every cluster.
    pub clusters: Vec<Cluster>,
    /// The application.
    pub app: App,
    /// What drifted of it.
    pub drift: Option<Drift>,
}

/// What the runtime has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Watch or read what this side of the application shows; ends what was watched before.
    Show(AppKey, Tab),
    /// Watch this object of the application, for its summary or for its lines.
    Object(AppKey, Tab, ObjectRef),
    /// Read these logs; ends what was watched before.
    Logs(AppKey, Ask),
    /// Read the resource tree of an application once, whatever is watched.
    Read(AppKey),
    /// Compare these sides; ends what was watched before.
    Compare(AppKey, Question),
    /// The application is not shown any more.
    Leave,
    /// Compute the plan of a verb, about one revision or step where one was chosen.
    Plan(Verb, AppKey, Option<String>),
    /// Carry out the plan of this number, for this reason.
    Run(u64, String),
    /// Hand the terminal to the shell of the plan of this number, for this reason.
    Exec(u64, String),
    /// Forget the plan of this number.
    Forget(u64),
    /// Keep these addresses for the next time.
    Bookmarks(Vec<String>),
    /// Ask every cluster a small question.
    Probe,
    /// Tell what was changed.
    Journal,
    /// Write a text into a file of this name, where the person is.
    Write(String, String),
    /// Gather what is known of an application into one file.
    Bundle(AppKey, Box<Known>),
    /// Hand a text to the clipboard.
    Copy(String),
    /// Paint everything anew.
    Redraw,
    /// Put the process into the background.
    Suspend,
    /// End.
    Quit,
}

/// What happened to the model, and what has to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = taken(model, msg);
    cursor::settle(model);
    effects
}

fn taken(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Input(Input::Key(key), now) => {
            model.now = model.now.max(now);
            key::pressed(model, &key)
        }
        Msg::Input(Input::Paste(text), now) => {
            model.now = model.now.max(now);
            key::pasted(model, &text);
            Vec::new()
        }
        Msg::Input(Input::Resize(width, height), now) => {
            model.now = model.now.max(now);
            model.size = (width, height);
            Vec::new()
        }
        Msg::Time(now) => {
            model.now = model.now.max(now);
            model.pulse.count(&model.fleet, model.now);
            Vec::new()
        }
        Msg::Painted(now) => {
            model.now = model.now.max(now);
            cursor::painted(model);
            Vec::new()
        }
        Msg::Go(address) => travel::go(model, address),
        Msg::Told(what) => {
            model.notice = Some(what);
            Vec::new()
        }
        Msg::Planned(verb, key, plan) => sheet::planned(model, verb, &key, plan),
        Msg::Ran(number, result) => {
            let shown = (model.nav.place().view == View::Journal).then_some(Effect::Journal);
            sheet::ran(model, number, result).into_iter().chain(shown).collect()
        }
        other => delta::take(model, other),
    }
}
