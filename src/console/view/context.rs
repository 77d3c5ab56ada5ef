//! The top line: hub, place, person, lock, health of the fleet. Never covered, the last thing to go.

use ratatui::layout::Rect;

use super::age::{age, span};
use super::canvas::Canvas;
use crate::clean;
use crate::console::model::{Model, State, View};
use crate::console::term::clean::Clean;

/// A part of the line, with the role that paints it.
struct Piece {
    text: Clean,
    role: &'static str,
    /// Whether something more urgent stands before it.
    lesser: bool,
}

impl Piece {
    fn new(text: Clean, role: &'static str) -> Self {
        Self { text, role, lesser: false }
    }
}

/// Columns that a name needs to be told from others.
const SHORTEST_NAME: usize = 8;

/// The columns of the line when its two names are as short as they may be.
fn least(pieces: &[Piece]) -> usize {
    let names = pieces.iter().take(2).map(|piece| piece.text.width().min(SHORTEST_NAME));
    let rest = pieces.iter().skip(2).map(|piece| piece.text.width());
    names.chain(rest).map(|width| width + 1).sum::<usize>().saturating_sub(1)
}

/// Paints the line. What does not fit goes in the order: person, counts of clusters, long names.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let width = usize::from(area.width);
    let full = pieces(model, true, true);
    let no_person = pieces(model, false, true);
    let fitting = [full, no_person].into_iter().find(|pieces| length(pieces) <= width);
    let mut pieces = fitting.unwrap_or_else(|| pieces(model, false, false));
    // Where names would be nothing but ellipses, what is least urgent goes first; the worst stays.
    while least(&pieces) > width && pieces.last().is_some_and(|piece| piece.lesser) {
        pieces.pop();
    }
    shorten(&mut pieces, width);
    let bar = canvas.either(" │ ", " | ");
    let bar = if width < 60 { canvas.either("│", "|") } else { bar };
    let mut x = area.x;
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            x = canvas.own(area, x, bar, "rule");
        }
        x = canvas.clean(area, x, &piece.text, piece.role);
    }
}

fn pieces(model: &Model, person: bool, clusters: bool) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(hub(model), "context")];
    pieces.push(Piece::new(place(model), "context"));
    pieces.extend(state(model));
    if person && !model.identity.is_empty() {
        pieces.push(Piece::new(model.identity.clone(), "muted"));
    }
    pieces.extend(lock(model));
    pieces.extend(stale(model));
    let (up, all) = model.fleet.reachable();
    if clusters && all > 0 {
        let text = clean![&Clean::number(up as u32), "/", &Clean::number(all as u32), " clusters"];
        pieces.push(Piece::new(text, if up < all { "degraded" } else { "muted" }));
    } else if up < all {
        let text = clean![&Clean::number((all - up) as u32), " down"];
        pieces.push(Piece::new(text, "degraded"));
    }
    let counts = model.fleet.counts().into_iter().enumerate();
    pieces.extend(
        counts
            .map(|(rank, (state, count))| Piece { lesser: rank > 0, ..worst(model, state, count) }),
    );
    pieces
}

fn hub(model: &Model) -> Clean {
    if model.hub.is_empty() { Clean::own("connecting") } else { model.hub.clone() }
}

fn place(model: &Model) -> Clean {
    if let Some(sheet) = &model.sheet {
        return match sheet.only() {
            Some(target) => Clean::new(&target.key.to_string()),
            None => clean![&Clean::number(sheet.targets.len() as u32), " applications"],
        };
    }
    match &model.nav.place().view {
        View::Inbox => Clean::own("inbox"),
        View::Apps => Clean::own("applications"),
        View::Clusters => Clean::own("clusters"),
        View::Journal => Clean::own("journal"),
        View::Pulse => Clean::own("pulse"),
        View::App(key, _) => Clean::new(&key.to_string()),
    }
}

fn lock(model: &Model) -> Option<Piece> {
    let all: Vec<String> = model.fleet.clusters.keys().cloned().collect();
    let context = |word| Some(Piece::new(Clean::own(word), "context"));
    match (model.read_only, model.armed.filter(|_| model.is_armed()), model.locked(&all)) {
        (true, ..) => context("READ-ONLY"),
        (_, Some(until), _) => {
            let left = span((until.as_second() - model.now.as_second()).max(0));
            Some(Piece::new(clean!["ARMED ", &left], "armed"))
        }
        (_, None, true) => context("LOCKED"),
        (_, None, false) => None,
    }
}

/// How the application on screen is.
fn state(model: &Model) -> Option<Piece> {
    let key = match &model.sheet {
        Some(sheet) => sheet.only().map(|target| &target.key)?,
        None => model.nav.app().map(|(key, _)| key)?,
    };
    let app = model.fleet.apps.get(key)?;
    let state = model.fleet.state(app);
    let word = if model.size.0 < 60 { "" } else { state.word() };
    let space = if word.is_empty() { "" } else { " " };
    Some(Piece::new(clean![state.glyph(model.ascii), space, word], state.role()))
}

/// What is shown is of before the hub fell silent.
fn stale(model: &Model) -> Option<Piece> {
    let told = !model.fleet.apps.is_empty();
    model.fleet.error.as_ref().filter(|_| told)?;
    let hub = model.fleet.clusters.get(mizzen_oam::LOCAL_CLUSTER);
    let since = age(model.now, hub.and_then(|hub| hub.heard));
    let space = if since.is_empty() { "" } else { " " };
    let wide = model.size.0 >= 60;
    let text = if wide { "HUB SILENT, stale" } else { "STALE" };
    Some(Piece::new(clean![text, space, &since], "degraded"))
}

fn worst(model: &Model, state: State, count: usize) -> Piece {
    let text = clean![state.glyph(model.ascii), &Clean::number(count as u32)];
    Piece::new(text, state.role())
}

fn length(pieces: &[Piece]) -> usize {
    let bars = 3 * pieces.len().saturating_sub(1);
    pieces.iter().map(|piece| piece.text.width()).sum::<usize>() + bars
}

/// The names of hub and place give way, from their middle, until the line fits.
fn shorten(pieces: &mut [Piece], width: usize) {
    let bar = if width < 60 { 1 } else { 3 };
    let rest: usize = pieces.iter().skip(2).map(|piece| piece.text.width() + bar).sum();
    let room = width.saturating_sub(rest + bar);
    let (hub, place) = (pieces[0].text.width(), pieces[1].text.width());
    if hub + place > room {
        let for_hub = hub.min(room / 3);
        pieces[0].text = pieces[0].text.middle(for_hub);
        pieces[1].text = pieces[1].text.middle(room - for_hub);
    }
}
