//! The console as lines that are only ever added: for whoever has the screen read aloud. What changed since
//! the last time is said, one thing a line; nothing is painted over.

use std::collections::BTreeMap;

use super::{cells, sheet};
use crate::clean;
use crate::console::model::sheet::{Focus, Phase};
use crate::console::model::{Model, Sheet, View};
use crate::console::term::clean::Clean;
use crate::console::update::rows::{cursor, rows};
use crate::console::update::sift::facts;

/// Columns of a line of a sheet.
const WIDTH: usize = 100;

/// What is said, by what it is about; a line that is about the same as one before takes its place.
pub type Said = BTreeMap<(u8, usize), Clean>;

/// Everything that can be said of the screen.
#[must_use]
pub fn said(model: &Model) -> Said {
    let mut said = Said::new();
    let mut say = |about, at: usize, text: Clean| {
        if !text.is_empty() {
            said.insert((about, at), text);
        }
    };
    say(0, 0, place(model));
    say(1, 0, counts(model));
    if let Some(sheet) = &model.sheet {
        for (at, (text, _)) in sheet::lines(model, sheet, WIDTH).into_iter().enumerate() {
            say(2, at, text);
        }
        say(3, 0, focus(model, sheet));
    } else if let Some(picker) = &model.picker {
        let entry = picker.found.get(picker.at);
        let none = Clean::own("nothing is called so");
        say(4, 0, clean!["choose: ", &Clean::new(&picker.text)]);
        say(5, 0, entry.map_or(none, |it| clean![&it.name, ", ", &it.help]));
    } else if model.nav.typing {
        say(4, 0, clean!["filter: ", &Clean::new(model.nav.place().query.text())]);
        say(5, 0, row(model));
    } else {
        say(5, 0, row(model));
    }
    say(6, 0, model.notice.clone().unwrap_or_default());
    said
}

/// The lines that are new in what is said now.
#[must_use]
pub fn news(before: &Said, now: &Said) -> Vec<Clean> {
    let is_new = |(about, text): &(&(u8, usize), &Clean)| before.get(*about) != Some(*text);
    now.iter().filter(is_new).map(|(_, text)| text.clone()).collect()
}

fn place(model: &Model) -> Clean {
    let place = model.nav.place();
    let name = match &place.view {
        View::App(key, tab) => clean![&Clean::new(&key.to_string()), ", ", tab.title()],
        list => Clean::own(list.name()),
    };
    clean![&model.hub, ", ", &name]
}

/// How many need someone, in words.
fn counts(model: &Model) -> Clean {
    let counts = model.fleet.counts().into_iter();
    let words =
        counts.map(|(state, count)| clean![&Clean::number(count as u32), " ", state.word()]);
    words.reduce(|a, b| clean![&a, ", ", &b]).unwrap_or_default()
}

/// The row under the cursor, and which of how many it is.
fn row(model: &Model) -> Clean {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(row) = rows.get(at) else { return Clean::own("no rows") };
    let state = facts(row, &model.fleet).state.map_or("", |state| state.word());
    let (head, text) = cells::in_full(model, row).unwrap_or_else(|| match row {
        crate::console::update::rows::Row::Line(line) => (Clean::default(), line.text.clone()),
        crate::console::update::rows::Row::Diff(line) => (Clean::default(), line.text.clone()),
        _ => (Clean::default(), Clean::default()),
    });
    let (nth, all) = (Clean::number(at as u32 + 1), Clean::number(rows.len() as u32));
    let comma = if state.is_empty() { "" } else { ", " };
    clean![&nth, " of ", &all, ": ", state, comma, &head, &text]
}

/// Where the focus of a sheet is.
fn focus(model: &Model, sheet: &Sheet) -> Clean {
    if sheet.phase() != Phase::Ready {
        return Clean::own("enter closes");
    }
    match sheet.focus {
        Focus::Cancel => Clean::own("on cancel"),
        Focus::Reason => clean!["why: ", &Clean::new(&sheet.reason)],
        Focus::Code => {
            let code = Clean::new(sheet.code.as_deref().unwrap_or_default());
            clean!["type ", &code, ": ", &Clean::new(&sheet.typed)]
        }
        Focus::Commit => match sheet.obstacle(model.now) {
            Some(why) => clean!["on ", sheet.verb.word(), ", not yet: ", why],
            None => clean!["on ", sheet.verb.word(), ", enter does it"],
        },
    }
}
