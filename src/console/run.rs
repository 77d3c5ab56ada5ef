//! The loop: input first, then results, then time; then at most one frame.
//!
//! The first frame is painted before anything is asked of a cluster. A frame is built only when the
//! previous one was written, so a slow link never has more than one on its way.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::EventStream;
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::effect::journal::Journal;
use super::effect::world::World;
use super::effect::{Runtime, Shell, bookmarks};
use super::lend::{Back, carry};
use super::model::Model;
use super::model::address::Address;
use super::model::theme::Theme;
use super::record::{Head, Recorder};
use super::restyle::ThemeFile;
use super::term::caps::Capabilities;
use super::term::clean::Clean;
use super::term::clipboard;
use super::term::guard::Guard;
use super::term::input::{self, Input, Splice, Spliced};
use super::term::lend;
use super::term::screen::Screen;
use super::update::{Effect, Msg, update};
use super::view::{linear, marked, paint};
use crate::clean;

/// Frames that nobody's key asked for are at least this far apart.
const BACKGROUND: Duration = Duration::from_millis(100);
/// Ages on screen are told anew this often.
const AGES: Duration = Duration::from_secs(10);
/// A shell that does not open within this time does not open.
const OPENS_WITHIN: Duration = Duration::from_secs(20);
/// Messages that are taken in before a frame is considered.
const BATCH: usize = 256;

/// What a run was like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// From the start of the process to the first frame on the terminal.
    pub first_frame: Option<Duration>,
    /// From the start of the process to the first frame with applications.
    pub first_rows: Option<Duration>,
    /// Frames and bytes written.
    pub frames: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// Connects to a hub; runs beside the first frame.
pub type Connect = BoxFuture<'static, Result<Arc<dyn World>, String>>;

/// How to run.
pub struct Options {
    /// What is known before anything is asked.
    pub model: Model,
    /// Colours.
    pub theme: Theme,
    /// The person's own file of them, which is read again when it changes.
    pub theme_file: Option<PathBuf>,
    /// What the terminal can do.
    pub terminal: Capabilities,
    /// Where the person wants to begin.
    pub place: Option<Address>,
    /// When the process started.
    pub started: Instant,
    /// Where what comes is kept, where it is, with the text of the keymap.
    pub record: Option<(PathBuf, String)>,
}

/// Runs the console until it is ended.
///
/// # Errors
/// A sentence: no terminal, a terminal that is gone.
pub async fn run(options: Options, connect: Connect) -> Result<Stats, String> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err("the console needs a terminal; `mizzen status` prints instead".into());
    }
    // Whoever takes the terminal must already hear what would end the process.
    let signals = Signals::new().map_err(|error| format!("listening to signals: {error}"))?;
    let taken = if options.model.linear { Guard::take_linear() } else { Guard::take() };
    let guard = taken.map_err(|error| format!("taking the terminal: {error}"))?;
    let (width, height) =
        crossterm::terminal::size().map_err(|error| format!("asking for its size: {error}"))?;
    let record = options.record.clone();
    let mut console = Console::new(options, Screen::new(width, height));
    if let Some((path, keymap)) = record {
        let recorder = Recorder::begin(&path, &Head::now(&console.model, &keymap));
        let failed = |error| format!("recording to {}: {error}", path.display());
        console.recorder = Some(recorder.map_err(failed)?);
    }
    let done = console.run(connect, signals, &guard).await;
    drop(guard);
    done.map(|()| console.stats)
}

struct Console {
    model: Model,
    theme: Theme,
    theme_file: Option<ThemeFile>,
    screen: Screen,
    terminal: Capabilities,
    place: Option<Address>,
    started: Instant,
    stats: Stats,
    /// What was said last, where lines are only added.
    said: linear::Said,
    dirty: bool,
    urgent: bool,
    painted: Instant,
    splice: Splice,
    recorder: Option<Recorder>,
}

/// What woke the loop.
enum Woken {
    Input(Option<std::io::Result<crossterm::event::Event>>),
    Msg(Box<Msg>),
    Connected(Result<Arc<dyn World>, String>),
    EscapeOver,
    FrameDue,
    Ages,
    Ended,
}

impl Console {
    fn new(options: Options, screen: Screen) -> Self {
        let Options { mut model, theme, theme_file, terminal, place, started, record: _ } = options;
        model.size = (screen.area().width, screen.area().height);
        Self {
            model,
            theme,
            theme_file: theme_file.map(ThemeFile::new),
            screen,
            terminal,
            place,
            started,
            stats: Stats::default(),
            said: linear::Said::new(),
            dirty: true,
            urgent: true,
            painted: started,
            splice: Splice::default(),
            recorder: None,
        }
    }

    async fn run(
        &mut self,
        connect: Connect,
        mut signals: Signals,
        guard: &Guard,
    ) -> Result<(), String> {
        let (tx, mut rx) = mpsc::channel::<Msg>(1024);
        self.paint()?;
        let mut connecting = Some(tokio::spawn(connect));
        let mut runtime: Option<Runtime> = None;
        let mut events = EventStream::new();
        let mut ages = tokio::time::interval(AGES);
        let mut escape_until: Option<tokio::time::Instant> = None;
        loop {
            let frame_due = (self.dirty && !self.urgent)
                .then(|| tokio::time::Instant::from_std(self.painted + BACKGROUND));
            let woken = tokio::select! {
                biased;
                event = events.next() => Woken::Input(event),
                () = until(escape_until) => Woken::EscapeOver,
                () = signals.ended() => Woken::Ended,
                Some(result) = connected(&mut connecting) => Woken::Connected(result),
                Some(msg) = rx.recv() => Woken::Msg(Box::new(msg)),
                () = until(frame_due) => Woken::FrameDue,
                _ = ages.tick() => Woken::Ages,
            };
            let mut effects = Vec::new();
            match woken {
                Woken::Input(Some(Ok(event))) => {
                    effects = self.inputs(event, &mut escape_until);
                }
                Woken::Input(_) | Woken::Ended => return Ok(()),
                Woken::EscapeOver => {
                    escape_until = None;
                    if self.splice.expired() {
                        effects = self.take(Input::Key("esc".into()));
                    }
                }
                Woken::Connected(Ok(world)) => {
                    connecting = None;
                    self.model.hub = Clean::new(&world.name());
                    if let Some(place) = self.place.take() {
                        effects = self.update(Msg::Go(place));
                    }
                    runtime = Some(Runtime::start(world, tx.clone(), Journal::of_person()));
                }
                Woken::Connected(Err(why)) => {
                    connecting = None;
                    effects = self.update(Msg::HubError(Clean::new(&why)));
                }
                Woken::Msg(msg) => {
                    effects = self.update(*msg);
                    let more = std::iter::from_fn(|| rx.try_recv().ok()).take(BATCH);
                    let more: Vec<Msg> = more.collect();
                    effects.extend(more.into_iter().flat_map(|msg| self.update(msg)));
                    // The first rows are what the person waits for.
                    self.urgent |= self.stats.first_rows.is_none() && self.has_rows();
                }
                Woken::FrameDue => self.urgent = true,
                Woken::Ages => effects = self.aged(),
            }
            for effect in effects {
                if let Effect::Exec(number, reason) = effect {
                    drop(events);
                    let shell = runtime.as_ref().and_then(|it| it.shell(number, reason));
                    if self.shell(number, shell, &mut signals, guard).await? {
                        return Ok(());
                    }
                    events = EventStream::new();
                    continue;
                }
                if self.own(&effect, guard)? {
                    return Ok(());
                }
                if let Some(runtime) = &mut runtime {
                    runtime.carry_out(effect);
                }
            }
            if guard.is_lost() {
                return Err("a part of the console failed; what it said stands above".into());
            }
            if self.dirty && (self.urgent || self.painted.elapsed() >= BACKGROUND) {
                self.paint()?;
            }
        }
    }

    /// Time passed.
    fn aged(&mut self) -> Vec<Effect> {
        let effects = self.update(Msg::Time(Timestamp::now()));
        self.look_at_theme();
        effects
    }

    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        self.dirty = true;
        let kept = self.recorder.as_mut().map(|recorder| recorder.keep(&msg));
        let effects = update(&mut self.model, msg);
        if let Some(Err(error)) = kept {
            self.recorder = None;
            self.model.notice = Some(Clean::new(&format!("the recording ends here: {error}")));
        }
        effects
    }

    fn take(&mut self, input: Input) -> Vec<Effect> {
        self.urgent = true;
        if let Input::Resize(width, height) = input {
            self.screen.resize(width, height);
        }
        self.update(Msg::Input(input, Timestamp::now()))
    }

    /// What was typed meanwhile is answered by the same frame: on a slow link, frames for each key would
    /// come one after the other long after the last of them.
    fn inputs(
        &mut self,
        first: crossterm::event::Event,
        escape_until: &mut Option<tokio::time::Instant>,
    ) -> Vec<Effect> {
        let all = std::iter::once(first).chain(waiting());
        all.flat_map(|event| self.input(event, escape_until)).collect()
    }

    fn input(
        &mut self,
        event: crossterm::event::Event,
        escape_until: &mut Option<tokio::time::Instant>,
    ) -> Vec<Effect> {
        let Some(input) = input::of(event) else { return Vec::new() };
        let Input::Key(key) = &input else { return self.take(input) };
        match self.splice.next(key) {
            Spliced::Take => self.take(input),
            Spliced::Swallow => Vec::new(),
            Spliced::Hold => {
                *escape_until =
                    Some(tokio::time::Instant::now() + input::escape_hold(self.terminal.remote));
                Vec::new()
            }
            Spliced::Both => {
                let mut effects = self.take(Input::Key("esc".into()));
                effects.extend(self.take(input));
                effects
            }
        }
    }

    /// Takes the colours of a person's own file anew when it changed; one that is wrong changes nothing.
    fn look_at_theme(&mut self) {
        match self.theme_file.as_mut().and_then(ThemeFile::changed) {
            Some(Ok(theme)) => self.theme = theme,
            Some(Err(why)) => {
                self.model.notice = Some(Clean::new(&format!("the theme stays as it was: {why}")));
            }
            None => {}
        }
    }

    /// Effects that are the terminal's; true when the console ends.
    fn own(&mut self, effect: &Effect, guard: &Guard) -> Result<bool, String> {
        match effect {
            Effect::Quit => return Ok(true),
            Effect::Redraw => {
                self.look_at_theme();
                self.screen.redraw();
            }
            Effect::Write(name, text) => {
                self.model.notice = Some(match std::fs::write(name, text) {
                    Ok(()) => Clean::new(&format!("written: {name}, {} bytes", text.len())),
                    Err(why) => Clean::new(&format!("writing {name}: {why}")),
                });
            }
            Effect::Bookmarks(all) => {
                if let Err(why) = bookmarks::write(all) {
                    self.model.notice = Some(Clean::new(&why));
                }
            }
            Effect::Copy(text) => match clipboard::sequence(text, self.terminal.tmux) {
                Some(sequence) => write(sequence.as_bytes())?,
                None => self.model.notice = Some(Clean::new("too long for the clipboard")),
            },
            Effect::Suspend => {
                guard.pause();
                suspend();
                guard.resume().map_err(|error| format!("taking the terminal again: {error}"))?;
                self.screen.redraw();
                if let Ok((width, height)) = crossterm::terminal::size() {
                    self.screen.resize(width, height);
                }
            }
            _ => {}
        }
        Ok(false)
    }

    /// Hands the terminal to a shell until it comes back; true when the console ends.
    async fn shell(
        &mut self,
        number: u64,
        shell: Option<Shell>,
        signals: &mut Signals,
        guard: &Guard,
    ) -> Result<bool, String> {
        let gone = |error: std::io::Error| format!("handing over the terminal: {error}");
        let Some(shell) = shell else { return Ok(false) };
        let opened = tokio::select! {
            opened = shell.open(self.model.size) => opened,
            () = tokio::time::sleep(OPENS_WITHIN) => Err("no answer".to_owned()),
            () = signals.ended() => return Ok(true),
        };
        let how = match opened {
            Err(why) => Err(why),
            Ok(mut session) => {
                guard.lend().map_err(gone)?;
                let who = self.model.identity.clone();
                let banner =
                    clean!["-- ", &session.about, ", as ", &who, "; exit or ctrl-] comes back --"];
                lend::write(format!("{banner}\r\n").as_bytes()).map_err(gone)?;
                let back = carry(&mut session, signals.ended()).await.map_err(gone)?;
                guard.take_back().map_err(gone)?;
                match back {
                    Back::Ended(how, _) => Ok(how),
                    Back::Signalled => {
                        // What is said of it is in the journal.
                        drop(shell.close(Ok("ended by a signal".to_owned())));
                        return Ok(true);
                    }
                }
            }
        };
        let result = shell.close(how);
        self.screen.redraw();
        if let Ok((width, height)) = crossterm::terminal::size() {
            drop(self.take(Input::Resize(width, height)));
        }
        self.urgent = true;
        drop(self.update(Msg::Ran(number, result)));
        Ok(false)
    }

    /// Whether there is something to show of the hub.
    fn has_rows(&self) -> bool {
        self.model.fleet.complete || !self.model.fleet.apps.is_empty()
    }

    /// Adds the lines that say what changed.
    fn tell(&mut self) -> Result<(), String> {
        let now = linear::said(&self.model);
        let lines: String = linear::news(&self.said, &now).iter().map(line).collect();
        self.said = now;
        if lines.is_empty() { Ok(()) } else { write(lines.as_bytes()) }
    }

    fn show(&mut self) -> Result<(), String> {
        let buffer = paint(&self.model, &self.theme);
        let at = self.model.ascii.then(|| marked(&buffer)).flatten();
        let mut out = std::io::stdout().lock();
        let shown = self.screen.show_at(buffer, at, &mut out);
        shown.map(drop).map_err(|error| format!("writing to the terminal: {error}"))
    }

    fn paint(&mut self) -> Result<(), String> {
        if self.model.linear {
            self.tell()?;
        } else {
            self.show()?;
        }
        (self.dirty, self.urgent) = (false, false);
        // No effect follows from having been seen.
        drop(update(&mut self.model, Msg::Painted(Timestamp::now())));
        self.painted = Instant::now();
        let since = self.started.elapsed();
        self.stats.first_frame.get_or_insert(since);
        if self.has_rows() {
            self.stats.first_rows.get_or_insert(since);
        }
        let counters = self.screen.counters();
        (self.stats.frames, self.stats.bytes) = (counters.frames, counters.bytes);
        Ok(())
    }
}

/// A line as it is added.
fn line(text: &Clean) -> String {
    format!("{text}\r\n")
}

fn write(bytes: &[u8]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| format!("writing to the terminal: {error}"))
}

/// What is there to be read already.
fn waiting() -> impl Iterator<Item = crossterm::event::Event> {
    let next = || match crossterm::event::poll(Duration::ZERO) {
        Ok(true) => crossterm::event::read().ok(),
        Ok(false) | Err(_) => None,
    };
    std::iter::from_fn(next).take(BATCH)
}

async fn until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

type Connecting = Option<tokio::task::JoinHandle<Result<Arc<dyn World>, String>>>;

async fn connected(connecting: &mut Connecting) -> Option<Result<Arc<dyn World>, String>> {
    match connecting {
        Some(task) => Some(task.await.unwrap_or_else(|error| Err(error.to_string()))),
        None => std::future::pending().await,
    }
}

/// Signals that end the console; each of them gives the terminal back.
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn ended(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Stops the whole process group; the shell's `fg` continues it.
fn suspend() {
    // Where that is forbidden the console simply goes on.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}
