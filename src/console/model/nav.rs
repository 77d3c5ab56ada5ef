//! Where the person is: a stack of places, each with its own cursor.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::AppKey;
use super::compare::{Question, Side};
use super::object::ObjectRef;
use super::order::Order;
use super::query::Query;
use crate::console::term::clean::Clean;

/// What a place shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// What waits and what is broken.
    #[default]
    Inbox,
    /// All applications.
    Apps,
    /// All clusters.
    Clusters,
    /// What was changed from here.
    Journal,
    /// How everything is, in numbers.
    Pulse,
    /// One application.
    App(AppKey, Tab),
}

impl View {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Apps => "applications",
            Self::Clusters => "clusters",
            Self::Journal => "journal",
            Self::Pulse => "pulse",
            Self::App(_, tab) => tab.title(),
        }
    }

    /// Whether its rows can stand in another order.
    #[must_use]
    pub fn sorts(&self) -> bool {
        match self {
            Self::Inbox | Self::Apps | Self::Clusters => true,
            Self::Journal | Self::Pulse => false,
            Self::App(_, tab) => matches!(tab, Tab::Tree | Tab::Revisions | Tab::Events),
        }
    }
}

/// The sides of an application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tab {
    /// Resources across clusters.
    #[default]
    Tree,
    /// The steps as they happen.
    Workflow,
    /// What is different from what was delivered.
    Diff,
    /// What was published.
    Revisions,
    /// An object in a summary.
    Info,
    /// An object as it is.
    Yaml,
    /// What happened.
    Events,
    /// What the containers say.
    Logs,
}

impl Tab {
    /// All, in the order of their titles.
    pub const ALL: [Self; 8] = [
        Self::Tree,
        Self::Workflow,
        Self::Diff,
        Self::Revisions,
        Self::Info,
        Self::Yaml,
        Self::Events,
        Self::Logs,
    ];

    /// Its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Workflow => "workflow",
            Self::Diff => "diff",
            Self::Revisions => "revisions",
            Self::Info => "info",
            Self::Yaml => "yaml",
            Self::Events => "events",
            Self::Logs => "logs",
        }
    }

    /// The one to its right; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        let index = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(index + 1) % Self::ALL.len()]
    }
}

/// A row as it was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Which row it was.
    pub at: usize,
    /// How deep it stood.
    pub depth: usize,
    /// What it was called.
    pub name: Clean,
}

/// A place: what it shows, and the cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// What it shows.
    pub view: View,
    /// The row the cursor is on, by its id; survives any change of the rows.
    pub selected: Option<String>,
    /// That row as it was last seen. When it vanishes, it stays in its place as a tombstone until the
    /// cursor leaves it.
    pub seen: Option<Seen>,
    /// The row that a cursor which nobody moved yet was shown on, and since when. Such a cursor rests at
    /// the first row, or at the last of what is followed.
    pub shown: Option<(Seen, Timestamp)>,
    /// The first row shown.
    pub offset: usize,
    /// What is compared, where something is.
    pub question: Question,
    /// The side that was chosen, while the other one is not yet.
    pub one_side: Option<Side>,
    /// Only rows that fit it are shown.
    pub query: Query,
    /// The order that was chosen.
    pub order: Option<Order>,
    /// Marked rows by id.
    pub marks: BTreeSet<String>,
    /// The row that was marked last, from which a range is marked.
    pub anchor: Option<String>,
    /// Folded rows by id; of an object as it is, those that are folded where others are not, and the
    /// other way round.
    pub folded: Vec<String>,
    /// The object that is looked at, where it is not the application.
    pub object: Option<ObjectRef>,
    /// Whether only rows in trouble are shown.
    pub trouble: bool,
}

impl Place {
    /// Whether new lines are followed: the logs, as long as nobody moved the cursor.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.selected.is_none() && matches!(self.view, View::App(_, Tab::Logs))
    }
}

/// Places that are remembered.
const PAST: usize = 100;

/// The stack of places; the last is on screen.
#[derive(Clone, Debug)]
pub struct Nav {
    places: Vec<Place>,
    /// Whether keys go into the query.
    pub typing: bool,
    /// The orders that were chosen, by the name of their view.
    orders: BTreeMap<&'static str, Order>,
    /// Where the person was before, the last one last; each with its whole stack.
    past: Vec<Vec<Place>>,
    /// Where the person was before going back.
    future: Vec<Vec<Place>>,
}

impl Default for Nav {
    fn default() -> Self {
        Self {
            places: vec![Place::default()],
            typing: false,
            orders: BTreeMap::new(),
            past: Vec::new(),
            future: Vec::new(),
        }
    }
}

impl Nav {
    /// The place on screen.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.places.last().expect("the stack begins with one place and back() keeps it")
    }

    /// The place on screen, to be changed.
    pub fn place_mut(&mut self) -> &mut Place {
        self.places.last_mut().expect("the stack begins with one place and back() keeps it")
    }

    /// Goes to a place from which one can come back.
    pub fn open(&mut self, view: View) {
        self.remember();
        self.typing = false;
        let order = self.order_of(&view);
        self.places.push(Place { view, order, ..Place::default() });
    }

    /// The cursor goes to a row by its id; whatever stood under it is not remembered.
    pub fn select(&mut self, id: Option<String>) {
        let place = self.place_mut();
        (place.selected, place.seen, place.shown) = (id, None, None);
    }

    /// Goes to one of the lists; the way back is the inbox.
    pub fn home(&mut self, view: View) {
        self.remember();
        self.typing = false;
        self.places.truncate(1);
        if view != View::Inbox {
            let order = self.order_of(&view);
            self.places.push(Place { view, order, ..Place::default() });
        }
    }

    /// What is compared in the place on screen.
    pub fn compare(&mut self, question: Question) {
        let place = self.place_mut();
        (place.question, place.one_side) = (question, None);
    }

    /// Shows another side of the open application in the same place.
    pub fn turn(&mut self, tab: Tab) {
        if let View::App(key, was) = &self.place().view {
            // Its summary and its lines are of the same object.
            let both = [*was, tab].iter().all(|side| matches!(side, Tab::Info | Tab::Yaml));
            let object = self.place().object.clone().filter(|_| both);
            let view = View::App(key.clone(), tab);
            self.remember();
            let order = self.order_of(&view);
            *self.place_mut() = Place { view, order, object, ..Place::default() };
        }
    }

    /// An application is marked no more.
    pub fn unmark(&mut self, key: &AppKey) {
        let id = key.to_string();
        let marks = &mut self.place_mut().marks;
        marks.remove(&format!("{id} drift"));
        marks.remove(&id);
    }

    /// The rows of this view stand in this order from now on; without one, as they always did.
    pub fn sort(&mut self, order: Option<Order>) {
        let name = self.place().view.name();
        match order {
            Some(order) => drop(self.orders.insert(name, order)),
            None => drop(self.orders.remove(name)),
        }
        self.place_mut().order = order;
    }

    fn order_of(&self, view: &View) -> Option<Order> {
        self.orders.get(view.name()).copied()
    }

    /// Goes one level back; false at the bottom.
    pub fn back(&mut self) -> bool {
        self.typing = false;
        if self.places.len() == 1 {
            return false;
        }
        self.remember();
        self.places.pop();
        true
    }

    /// Keeps where the person is, to come back to it.
    fn remember(&mut self) {
        self.past.push(self.places.clone());
        let over = self.past.len().saturating_sub(PAST);
        self.past.drain(..over);
        self.future.clear();
    }

    /// Goes to where the person was before; false when there is nothing before.
    pub fn history_back(&mut self) -> bool {
        let Some(places) = self.past.pop() else { return false };
        self.typing = false;
        self.future.push(std::mem::replace(&mut self.places, places));
        true
    }

    /// Goes to where the person was before going back; false when there is no such place.
    pub fn history_forward(&mut self) -> bool {
        let Some(places) = self.future.pop() else { return false };
        self.typing = false;
        self.past.push(std::mem::replace(&mut self.places, places));
        true
    }

    /// Goes to the other one of the last two places; false when there is only one.
    pub fn history_last(&mut self) -> bool {
        let Some(last) = self.past.last_mut() else { return false };
        self.typing = false;
        std::mem::swap(last, &mut self.places);
        true
    }

    /// Whether new lines are followed in the place on screen.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.place().follows()
    }

    /// The side of an application that is on screen.
    #[must_use]
    pub fn side(&self) -> Option<Tab> {
        self.app().map(|(_, tab)| tab)
    }

    /// The open application.
    #[must_use]
    pub fn app(&self) -> Option<(&AppKey, Tab)> {
        match &self.place().view {
            View::App(key, tab) => Some((key, *tab)),
            _ => None,
        }
    }
}
