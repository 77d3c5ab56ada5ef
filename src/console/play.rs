//! A recording on the terminal: frames when their time comes, keys of whoever looks. And as a file that
//! other players of terminals take.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crossterm::event::EventStream;
use futures::StreamExt;

use super::model::Model;
use super::model::theme::Theme;
use super::record::{Entry, Head};
use super::replay::{Done, Player};
use super::run::Signals;
use super::term::guard::Guard;
use super::term::input::{self, Input};
use super::term::screen::Screen;
use super::view::paint;

/// Frames of a played recording are at least this far apart.
const FRAME: Duration = Duration::from_millis(100);

/// What woke the loop.
enum Woken {
    Input(Option<io::Result<crossterm::event::Event>>),
    Due,
    Ended,
}

/// Plays a recording until the person has seen enough.
///
/// # Errors
/// A sentence: no terminal, a terminal that is gone, a recording whose keymap is none.
pub async fn play(head: Head, entries: Vec<Entry>, theme: &Theme) -> Result<(), String> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err("a recording is shown on a terminal; --cast FILE writes it for others".into());
    }
    let gone = |error: io::Error| format!("the terminal: {error}");
    let mut signals = Signals::new().map_err(gone)?;
    let size = crossterm::terminal::size().map_err(gone)?;
    let mut player = Player::new(head, entries, size)?;
    let guard = Guard::take().map_err(gone)?;
    let mut screen = Screen::new(size.0, size.1);
    let mut events = EventStream::new();
    loop {
        show(&mut screen, &player.shown(), theme, &mut io::stdout().lock()).map_err(gone)?;
        let shown = Instant::now();
        let next = player.next().filter(|_| player.plays);
        let wait = next.map(|at| Duration::from_millis(at - player.clock).max(FRAME));
        let woken = tokio::select! {
            biased;
            event = events.next() => Woken::Input(event),
            () = signals.ended() => Woken::Ended,
            () = wait_for(wait) => Woken::Due,
        };
        let passed = u64::try_from(shown.elapsed().as_millis()).unwrap_or(u64::MAX);
        if player.plays {
            player.go(player.clock.saturating_add(passed));
        }
        match woken {
            Woken::Input(Some(Ok(event))) => match input::of(event) {
                Some(Input::Key(key)) if player.key(&key) == Done::Quit => break,
                Some(Input::Resize(width, height)) => {
                    player.resize((width, height));
                    screen.resize(width, height);
                }
                _ => {}
            },
            Woken::Due => {}
            Woken::Input(_) | Woken::Ended => break,
        }
    }
    drop(guard);
    Ok(())
}

async fn wait_for(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

fn show(screen: &mut Screen, model: &Model, theme: &Theme, out: &mut impl Write) -> io::Result<()> {
    screen.show(paint(model, theme), out).map(drop)
}

/// Writes a recording as asciicast v2: the frames as they were, at the size at which it began.
///
/// # Errors
/// A sentence: the recording's keymap is none, or the file cannot be written.
pub fn cast(
    head: Head,
    entries: Vec<Entry>,
    theme: &Theme,
    out: &mut impl Write,
) -> Result<(), String> {
    let failed = |error: io::Error| format!("writing the cast: {error}");
    let (width, height) = head.size;
    let about = serde_json::json!({"version": 2, "width": width, "height": height,
        "timestamp": head.began.as_second()});
    writeln!(out, "{about}").map_err(failed)?;
    let mut player = Player::new(head, entries, (width, height))?;
    let mut screen = Screen::new(width, height);
    let step = u64::try_from(FRAME.as_millis()).unwrap_or(100);
    let mut clock = 0;
    loop {
        player.go(clock);
        let mut bytes = Vec::new();
        show(&mut screen, &player.recorded(), theme, &mut bytes).map_err(failed)?;
        if !bytes.is_empty() {
            let text = String::from_utf8_lossy(&bytes);
            let event = serde_json::json!([clock as f64 / 1000.0, "o", text]);
            writeln!(out, "{event}").map_err(failed)?;
        }
        match player.next() {
            Some(next) => clock = next.max(clock + step),
            None => return Ok(()),
        }
    }
}
