//! A recording as a console that can be moved in time. Pure: keys and entries in, models out.
//!
//! The model of a moment is made of all that came until then, from the nearest moment before that was
//! kept. A person may look around in it: then keys do what they do in the console, and nothing is asked or
//! written, because nobody is there.

use jiff::{SignedDuration, Timestamp};

use super::model::Model;
use super::model::keymap::Keymap;
use super::record::{Entry, Head};
use super::term::clean::Clean;
use super::term::input::Input;
use super::update::{Msg, update};
use crate::clean;

/// Models that are kept.
const MOST_KEPT: usize = 48;

/// A recording that is played.
pub struct Player {
    head: Head,
    entries: Vec<Entry>,
    /// Models after so many entries; the first is that of the beginning.
    kept: Vec<(usize, Model)>,
    /// Entries between two that are kept.
    every: usize,
    /// Entries that have come.
    at: usize,
    model: Model,
    /// The size of the screen that is looked at, whatever it was.
    size: (u16, u16),
    /// The model that is looked around in.
    around: Option<Model>,
    /// Milliseconds of the recording that have passed.
    pub clock: u64,
    /// Whether it goes on by itself.
    pub plays: bool,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The screen may be another.
    Moved,
    /// The person has seen enough.
    Quit,
}

impl Player {
    /// A recording at its beginning, on a screen of this size.
    ///
    /// # Errors
    /// A sentence: its keymap is none.
    pub fn new(head: Head, entries: Vec<Entry>, size: (u16, u16)) -> Result<Self, String> {
        let mut model = Model::new(Keymap::parse(&head.keymap)?, head.began);
        model.ascii = head.ascii;
        model.read_only = head.read_only;
        model.production.clone_from(&head.production);
        model.size = size;
        let every = (entries.len() / MOST_KEPT).max(64);
        let kept = vec![(0, model.clone())];
        let mut player = Self {
            head,
            entries,
            kept,
            every,
            at: 0,
            model,
            size,
            around: None,
            clock: 0,
            plays: true,
        };
        player.go(0);
        // A moment alone is there to be looked around in.
        if player.end() == 0 && !player.entries.is_empty() {
            player.look_around();
        }
        Ok(player)
    }

    fn look_around(&mut self) {
        self.plays = false;
        self.around = Some(Model { offline: true, ..self.model.clone() });
    }

    /// When the last entry came.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.0)
    }

    /// When the next entry comes.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.entries.get(self.at).map(|entry| entry.0)
    }

    /// The model as it is shown.
    #[must_use]
    pub fn shown(&self) -> Model {
        let mut model = self.around.clone().unwrap_or_else(|| self.model.clone());
        model.size = self.size;
        model.notice = Some(self.line());
        model
    }

    /// The model as it was, without a word of the player.
    #[must_use]
    pub fn recorded(&self) -> Model {
        self.model.clone()
    }

    /// Everything that came until a moment has come.
    pub fn go(&mut self, clock: u64) {
        self.around = None;
        self.clock = clock.min(self.end());
        let due = self.entries.partition_point(|entry| entry.0 <= self.clock);
        if due < self.at {
            let from = self.kept.partition_point(|(at, _)| *at <= due) - 1;
            (self.at, self.model) = self.kept[from].clone();
        }
        while self.at < due {
            let Entry(millis, msg) = self.entries[self.at].clone();
            self.take(millis, msg);
            self.at += 1;
            let last = self.kept.last().map_or(0, |(at, _)| *at);
            if self.at >= last + self.every {
                self.kept.push((self.at, self.model.clone()));
            }
        }
        self.plays &= self.clock < self.end();
    }

    fn take(&mut self, millis: u64, msg: Msg) {
        // The screen is that of whoever looks, not the one that was.
        if matches!(msg, Msg::Input(Input::Resize(..), _)) {
            return;
        }
        let now = moment(self.head.began, millis);
        // Nobody is there to carry anything out.
        drop(update(&mut self.model, msg));
        drop(update(&mut self.model, Msg::Painted(now)));
    }

    /// The screen has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        for model in self.kept.iter_mut().map(|(_, model)| model).chain([&mut self.model]) {
            model.size = size;
        }
        if let Some(around) = &mut self.around {
            around.size = size;
        }
    }

    /// A key of whoever looks.
    pub fn key(&mut self, key: &str) -> Done {
        if key == "ctrl-c" {
            return Done::Quit;
        }
        if self.around.is_some() {
            return self.look(key);
        }
        match key {
            "q" => return Done::Quit,
            "space" => self.plays = !self.plays && self.clock < self.end(),
            "right" | "l" | "." => self.step(1),
            "left" | "h" | "," => self.step(-1),
            "down" | "j" | ">" => self.jump(10_000),
            "up" | "k" | "<" => self.jump(-10_000),
            "g" | "home" => self.go(0),
            "G" | "end" => self.go(u64::MAX),
            "tab" => self.look_around(),
            _ => {}
        }
        Done::Moved
    }

    /// A key while a person looks around; tab comes back to the recording.
    fn look(&mut self, key: &str) -> Done {
        let now = moment(self.head.began, self.clock);
        match (&mut self.around, key) {
            (Some(_), "tab") => self.around = None,
            (Some(model), key) => {
                let later = model.now.max(now) + SignedDuration::from_secs(1);
                drop(update(model, Msg::Input(Input::Key(key.to_owned()), later)));
                drop(update(model, Msg::Painted(later)));
            }
            (None, _) => {}
        }
        Done::Moved
    }

    /// To the next entry that a person could have seen, or the one before.
    fn step(&mut self, by: i8) {
        self.plays = false;
        let to = if by > 0 {
            self.next()
        } else {
            let before = self.entries[..self.at].iter().rev().map(|entry| entry.0);
            before.into_iter().find(|millis| *millis < self.clock)
        };
        if let Some(to) = to {
            self.go(to);
        }
    }

    fn jump(&mut self, by: i64) {
        let was = self.plays;
        self.go(self.clock.saturating_add_signed(by));
        self.plays = was && self.clock < self.end();
    }

    /// The bottom line: where in time, and what the keys do.
    fn line(&self) -> Clean {
        let time = |millis: u64| {
            let seconds = millis / 1000;
            Clean::new(&format!("{}:{:02}", seconds / 60, seconds % 60))
        };
        let at = clean!["replay ", &time(self.clock), " of ", &time(self.end())];
        match (&self.around, self.plays) {
            (Some(_), _) => {
                clean![&at, "  looking around, nothing is asked  tab back  ctrl-c quits"]
            }
            (None, true) => clean![&at, "  space stops  < > 10 s  tab look around  q quits"],
            (None, false) => {
                clean![&at, "  space plays  , . step  < > 10 s  tab look around  q quits"]
            }
        }
    }
}

fn moment(began: Timestamp, millis: u64) -> Timestamp {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    began.checked_add(SignedDuration::from_millis(millis)).unwrap_or(began)
}
