//! Taking the terminal and giving it back, whatever happens in between.
//!
//! Invariant: the sequence that gives it back is written on every way out: return, error, panic,
//! signal. It is idempotent, so that a second way out does no harm.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Alternate screen, cursor hidden, bracketed paste.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H";
/// Ends a frame that was cut off, attributes off, paste off, cursor back, main screen.
const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The same for lines that are only added: the main screen stays, and the cursor is seen.
const ENTER_LINEAR: &str = "\x1b[?2004h";
const LEAVE_LINEAR: &str = "\x1b[0m\x1b[?2004l";

/// What another program may have left: modes of the mouse, focus and keypad, margins, character sets.
const RESET: &str = "\x1b[!p\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x0f\x1b[r\x1b[?7h\x1b[0m";

/// Whether the terminal is ours: the panic hook has no other way to know.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether lines are only added: whoever gives the terminal back has to know that too.
static LINEAR: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal is ours as long as this lives.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard output is no terminal, or cannot be written.
    pub fn take() -> io::Result<Self> {
        hook();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self(());
        enter()?;
        Ok(guard)
    }

    /// Takes it for lines that are only added: no other screen is shown.
    ///
    /// # Errors
    /// As [`Guard::take`].
    pub fn take_linear() -> io::Result<Self> {
        LINEAR.store(true, Ordering::SeqCst);
        Self::take()
    }

    /// Whether it was given back behind the loop's back: something panicked, and what it said stands
    /// on the main screen.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        !TAKEN.load(Ordering::SeqCst)
    }

    /// Gives it back for a while, such as for a suspended process.
    pub fn pause(&self) {
        give_back();
    }

    /// Hands it to somebody else, who types and writes as the console does, on the main screen.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn lend(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(leaving().as_bytes())?;
        out.flush()
    }

    /// Takes it back after [`Guard::lend`], whatever was done to it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take_back(&self) -> io::Result<()> {
        // Somebody may have turned it off behind our back.
        enable_raw_mode()?;
        let mut out = io::stdout().lock();
        out.write_all(RESET.as_bytes())?;
        out.flush()?;
        drop(out);
        enter()
    }

    /// Takes it again after [`Guard::pause`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resume(&self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        enter()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

fn entering() -> &'static str {
    if LINEAR.load(Ordering::SeqCst) { ENTER_LINEAR } else { ENTER }
}

fn leaving() -> &'static str {
    if LINEAR.load(Ordering::SeqCst) { LEAVE_LINEAR } else { LEAVE }
}

fn enter() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(entering().as_bytes())?;
    out.flush()
}

fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout().lock();
        // A terminal that is gone cannot be given back; there is nobody to tell.
        let _ = out.write_all(leaving().as_bytes()).and_then(|()| out.flush());
        let _ = disable_raw_mode();
    }
}

/// A panic gives the terminal back before it is told.
fn hook() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}
