//! From what a person asked for to a running console: keymap, theme, glyphs, locks.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use jiff::Timestamp;

use super::effect::bookmarks;
use super::model::Model;
use super::model::address::Address;
use super::model::keymap::{BUILT_IN, Keymap};
use super::model::theme::Theme;
use super::run::{Connect, Options, Stats, run};
use super::term::caps::Capabilities;

/// How the console looks and what it may do.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct Arguments {
    /// Keymap: default, vim, k9s, basic, or the name of a file in the configuration folder
    #[arg(long, default_value = "default")]
    pub keymap: String,
    /// Theme: dark, light, ansi, colour-blind, none, or the name of a file in the configuration folder
    #[arg(long)]
    pub theme: Option<String>,
    /// Use ASCII glyphs only, and keep the terminal's cursor on the row under ours
    #[arg(long)]
    pub plain: bool,
    /// Add lines instead of painting a screen, to be read aloud
    #[arg(long)]
    pub linear: bool,
    /// Never change anything, whatever is armed
    #[arg(long)]
    pub read_only: bool,
    /// Clusters in which nothing changes unless armed; `*` stands for any run of characters
    #[arg(long, value_name = "PATTERN", default_value = "prod-*")]
    pub production: Vec<String>,
    /// Keep what is seen and typed in this file, for `replay`; values of Secrets are masked
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Print times, frames and bytes at the end
    #[arg(long)]
    pub stats: bool,
}

/// Runs the console until it is ended. With `--stats` the answer is a line to print.
///
/// # Errors
/// A sentence: a keymap or theme that is none, no terminal, a terminal that is gone.
pub async fn start(
    arguments: &Arguments,
    place: Option<Address>,
    started: Instant,
    connect: Connect,
) -> Result<Option<String>, String> {
    let terminal = Capabilities::of(|name| std::env::var(name).ok());
    if terminal.dumb {
        return Err("TERM says that this terminal cannot place a cursor; `mizzen status` prints \
                    instead"
            .into());
    }
    let mut options = options(arguments, &terminal, started)?;
    options.model.bookmarks = bookmarks::read();
    options.place = place;
    let stats = run(options, connect).await?;
    Ok(arguments.stats.then(|| line(&stats)))
}

/// What the console would know before anything is asked, for whoever looks without a terminal.
///
/// # Errors
/// A sentence: a keymap that is none.
pub fn model(arguments: &Arguments) -> Result<Model, String> {
    let terminal = Capabilities::of(|name| std::env::var(name).ok());
    Ok(options(arguments, &terminal, Instant::now())?.model)
}

fn options(
    arguments: &Arguments,
    terminal: &Capabilities,
    started: Instant,
) -> Result<Options, String> {
    let (text, keymap) = match own("keymaps", &arguments.keymap) {
        Some(text) => {
            let text = text?;
            let keymap = Keymap::parse(&text)?;
            (text, keymap)
        }
        None => {
            let keymap = Keymap::built_in(&arguments.keymap)?;
            let known = BUILT_IN.iter().find(|(name, _)| *name == arguments.keymap);
            (known.map_or("", |(_, text)| text).to_owned(), keymap)
        }
    };
    let theme = theme_for(arguments.theme.as_deref(), terminal)?;
    let theme_file = own_path("themes", arguments.theme.as_deref().unwrap_or(terminal.theme()));
    let theme_file = theme_file.filter(|path| path.exists());
    let mut model = Model::new(keymap, Timestamp::now());
    model.ascii = arguments.plain || !terminal.unicode;
    model.linear = arguments.linear;
    model.read_only = arguments.read_only;
    model.zone = jiff::tz::TimeZone::system();
    model.production.clone_from(&arguments.production);
    let record = arguments.record.clone().map(|path| (path, text));
    Ok(Options { model, theme, theme_file, terminal: *terminal, place: None, started, record })
}

/// The theme of a name, else the one that fits this terminal.
///
/// # Errors
/// A sentence: a theme that is none.
pub fn theme(name: Option<&str>) -> Result<Theme, String> {
    theme_for(name, &Capabilities::of(|name| std::env::var(name).ok()))
}

fn theme_for(name: Option<&str>, terminal: &Capabilities) -> Result<Theme, String> {
    let name = name.unwrap_or(terminal.theme());
    match own("themes", name) {
        Some(text) => Theme::parse(&text?),
        None => Theme::built_in(name),
    }
}

/// The keymap of a name: a person's own file, or a built-in one.
///
/// # Errors
/// A sentence: there is none, or what is wrong with it.
pub fn keymap(name: &str) -> Result<Keymap, String> {
    match own("keymaps", name) {
        Some(text) => Keymap::parse(&text?).map_err(|why| format!("keymap {name}: {why}")),
        None => Keymap::built_in(name),
    }
}

/// Where a person's own file of this name would be.
fn own_path(kind: &str, name: &str) -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("dev", "mizzen", "mizzen")?;
    Some(folders.config_dir().join(kind).join(format!("{name}.toml")))
}

/// The text of a person's own file of this name, where there is one.
fn own(kind: &str, name: &str) -> Option<Result<String, String>> {
    let path = own_path(kind, name)?;
    let text = std::fs::read_to_string(&path);
    match text {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        text => Some(text.map_err(|error| format!("reading {}: {error}", path.display()))),
    }
}

/// `first frame 12.3 ms, first rows 80.1 ms, 14 frames, 5120 bytes`.
fn line(stats: &Stats) -> String {
    let time = |time: Option<std::time::Duration>| match time {
        Some(time) => format!("{:.1} ms", time.as_secs_f64() * 1000.0),
        None => "never".to_owned(),
    };
    format!(
        "first frame {}, first rows {}, {} frames, {} bytes",
        time(stats.first_frame),
        time(stats.first_rows),
        stats.frames,
        stats.bytes
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_wins_over_the_environment() {
        let terminal =
            Capabilities::of(|name| (name == "TERM").then(|| "xterm-256color".to_owned()));
        let mut arguments = Arguments { keymap: "vim".into(), ..Arguments::default() };
        let chosen = options(&arguments, &terminal, Instant::now());
        assert!(chosen.is_ok_and(|options| options.model.ascii && !options.model.read_only));
        arguments.theme = Some("pink".into());
        let refused = options(&arguments, &terminal, Instant::now()).err().unwrap_or_default();
        assert!(refused.contains("no theme is named \"pink\""), "{refused}");
    }

    #[test]
    fn times_are_told() {
        let stats = Stats { frames: 3, bytes: 900, ..Stats::default() };
        assert_eq!(line(&stats), "first frame never, first rows never, 3 frames, 900 bytes");
    }
}
