//! What a person types to see only some rows: words, `'exact`, `!not`, `re:pattern`, `field:value`, all of
//! which must hold. Parsed once, when it is typed; asked for each row.
//!
//! Invariant: a term that makes no sense hides nothing, and says what is wrong with it.

mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::{Regex, RegexBuilder};
use smallvec::SmallVec;

use super::state::State;
use crate::clean;
use crate::console::term::clean::Clean;

pub use text::{contains, fuzzy};

/// The fields, in the order in which they are offered.
pub const FIELDS: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("ns", Field::Namespace),
    ("cluster", Field::Cluster),
    ("health", Field::Health),
    ("kind", Field::Kind),
    ("owner", Field::Owner),
    ("step", Field::Step),
    ("age", Field::Age),
    ("label", Field::Label),
];

/// A field that a term may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// The namespace.
    Namespace,
    /// The cluster, or one of them.
    Cluster,
    /// The state, by its word.
    Health,
    /// The kind, or the type.
    Kind,
    /// What it belongs to, or who changed it.
    Owner,
    /// The step that runs or waits.
    Step,
    /// How long it is so.
    Age,
    /// A label, or its value.
    Label,
}

/// A few texts, kept without a place of their own on the heap.
pub type Texts<'a> = SmallVec<[&'a str; 4]>;

/// What a query asks of a row.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// Name.
    pub name: &'a str,
    /// Namespace.
    pub namespace: &'a str,
    /// Clusters.
    pub clusters: Texts<'a>,
    /// Kind or type.
    pub kind: &'a str,
    /// Whether the kind is told on the screen, so that plain words are about it too.
    pub tells_kind: bool,
    /// State.
    pub state: Option<State>,
    /// What it belongs to, or who changed it.
    pub owners: Texts<'a>,
    /// The step that runs or waits.
    pub step: &'a str,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// Labels.
    pub labels: Option<&'a BTreeMap<String, String>>,
    /// What it says, in which only whole pieces are looked for.
    pub prose: Texts<'a>,
}

/// A query.
#[derive(Clone, Debug, Default)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
    error: Option<Clean>,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Query {}

#[derive(Clone, Debug)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// Letters in this order, near each other; in prose a piece.
    Word(String),
    /// A piece.
    Piece(String),
    Pattern(Regex),
    /// One of some values, in which `*` stands for any run.
    Is(Field, Vec<String>),
    /// Older, or younger, than so many seconds.
    Age(Side, i64),
    /// A label, with a value where one is asked for.
    Label(String, Option<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Older,
    Younger,
}

impl Query {
    /// Reads a query about rows that have fields.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::parse(text, true)
    }

    /// Reads a query about lines of text: a colon means itself.
    #[must_use]
    pub fn of_lines(text: &str) -> Self {
        Self::parse(text, false)
    }

    fn parse(text: &str, fields: bool) -> Self {
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        for word in words(text) {
            match term(&word, fields) {
                Ok(term) => query.terms.extend(term),
                Err(why) => query.error = query.error.or(Some(why)),
            }
        }
        query
    }

    /// As it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(&self) -> Option<&Clean> {
        self.error.as_ref()
    }

    /// Whether a row fits.
    #[must_use]
    pub fn fits(&self, facts: &Facts<'_>, now: Timestamp) -> bool {
        self.terms.iter().all(|term| term.not != term.test.holds(facts, now))
    }
}

/// The words of a query; quotes keep blanks together.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The term of a word; none while it is not finished.
fn term(word: &str, fields: bool) -> Result<Option<Term>, Clean> {
    let (not, word) = match word.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    if let Some(pattern) = word.strip_prefix("re:") {
        let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build();
        let pattern = built.map_err(|error| {
            let why = error.to_string();
            let last = why.lines().last().unwrap_or_default().to_owned();
            clean!["re: ", &Clean::new(last.trim_start_matches("error: "))]
        })?;
        return Ok(Some(Term { not, test: Test::Pattern(pattern) }));
    }
    let named = word.split_once(':').filter(|(name, _)| fields && is_word(name));
    let test = match (named, word.strip_prefix('\'')) {
        (Some((name, value)), _) => of_field(name, value)?,
        (None, Some(piece)) => some(piece).map(Test::Piece),
        // What is not wanted is meant as it stands.
        (None, None) if not => some(word).map(Test::Piece),
        (None, None) => some(word).map(Test::Word),
    };
    Ok(test.map(|test| Term { not, test }))
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_lowercase())
}

fn of_field(name: &str, value: &str) -> Result<Option<Test>, Clean> {
    let field = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((_, field)) = field else {
        let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        let known = Clean::new(&known.join(" "));
        return Err(clean!["no field is called ", &Clean::new(name), "; there are: ", &known]);
    };
    if value.is_empty() {
        return Ok(None);
    }
    match field {
        Field::Age => age(value).map(Some),
        Field::Label => Ok(Some(match value.split_once('=') {
            Some((key, value)) => Test::Label(key.to_owned(), some(value)),
            None => Test::Label(value.to_owned(), None),
        })),
        field => Ok(Some(Test::Is(*field, value.split(',').filter_map(some).collect()))),
    }
}

/// `<10m`, `>2h`; without a sign, older.
fn age(value: &str) -> Result<Test, Clean> {
    let (side, rest) = match (value.strip_prefix('<'), value.strip_prefix('>')) {
        (Some(rest), _) => (Side::Younger, rest),
        (_, Some(rest)) => (Side::Older, rest),
        (None, None) => (Side::Older, value),
    };
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let second = match &rest[digits.len()..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        _ => None,
    };
    let seconds = digits.parse::<i64>().ok().zip(second);
    let seconds = seconds.and_then(|(number, second)| number.checked_mul(second));
    match seconds {
        Some(seconds) => Ok(Test::Age(side, seconds)),
        None => Err(Clean::own("an age is a number of s, m, h or d, such as age:<10m")),
    }
}

impl Test {
    fn holds(&self, facts: &Facts<'_>, now: Timestamp) -> bool {
        match self {
            Self::Word(word) => is_called(facts, word) || says(facts, word),
            Self::Piece(piece) => {
                names(facts).any(|name| contains(name, piece)) || says(facts, piece)
            }
            Self::Pattern(pattern) => {
                names(facts).chain(facts.prose.iter().copied()).any(|text| pattern.is_match(text))
            }
            Self::Is(field, values) => values.iter().any(|value| is(facts, *field, value)),
            Self::Age(side, seconds) => facts.since.is_some_and(|since| {
                let age = now.as_second() - since.as_second();
                (age > *seconds) == (*side == Side::Older)
            }),
            Self::Label(key, value) => {
                let found = facts.labels.and_then(|labels| labels.get(key));
                found.is_some_and(|found| {
                    value.as_ref().is_none_or(|value| text::is_like(found, value))
                })
            }
        }
    }
}

fn names<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a str> {
    let kind = facts.tells_kind.then_some(facts.kind);
    let names = [facts.name, facts.namespace].into_iter().chain(kind);
    names.chain(facts.clusters.iter().copied())
}

/// `shop/check` is about namespace and name.
fn is_called(facts: &Facts<'_>, word: &str) -> bool {
    let both = word.split_once('/').is_some_and(|(namespace, name)| {
        fuzzy(facts.namespace, namespace) && fuzzy(facts.name, name)
    });
    both || names(facts).any(|name| fuzzy(name, word))
}

fn says(facts: &Facts<'_>, piece: &str) -> bool {
    let state = facts.state.is_some_and(|state| contains(state.word(), piece));
    state || facts.prose.iter().any(|text| contains(text, piece))
}

fn is(facts: &Facts<'_>, field: Field, value: &str) -> bool {
    let like = |text: &str| text::is_like(text, value);
    match field {
        Field::Name => like(facts.name),
        Field::Namespace => like(facts.namespace),
        Field::Cluster => facts.clusters.iter().any(|name| like(name)),
        Field::Kind => like(facts.kind),
        Field::Owner => facts.owners.iter().any(|name| like(name)),
        Field::Step => like(facts.step),
        Field::Health => facts.state.is_some_and(|state| {
            state.word().starts_with(value) || state.role().starts_with(value)
        }),
        Field::Age | Field::Label => false,
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;

    fn check(text: &str, fits: bool) {
        let now = Timestamp::from_second(1_000_000).expect("a moment");
        let labels = BTreeMap::from([("team".to_owned(), "pay".to_owned())]);
        let facts = Facts {
            name: "checkout",
            namespace: "shop",
            clusters: smallvec!["eu-1", "us-1"],
            kind: "Deployment",
            tells_kind: true,
            state: Some(State::Degraded),
            owners: smallvec!["kubectl-edit"],
            step: "canary",
            since: Timestamp::from_second(999_000).ok(),
            labels: Some(&labels),
            prose: smallvec!["CrashLoopBackOff in web"],
        };
        let query = Query::new(text);
        assert_eq!(query.fits(&facts, now), fits, "{text}: {:?}", query.error());
    }

    #[test]
    fn rows_fit_or_do_not() {
        for text in [
            "",
            "chk",
            "shop/chk",
            "CHECK",
            "eu-1 deploy",
            "crashloop",
            "!payments",
            "'kout",
            "cluster:eu-*",
            "cluster:ap-1,us-1",
            "ns:shop",
            "health:degraded",
            "health:deg",
            "kind:deployment",
            "owner:kubectl-*",
            "step:canary",
            "age:>10m",
            "age:<1h",
            "label:team",
            "label:team=pay",
            "!label:team=ops",
            "re:^check.*t$",
            "\"in web\"",
            "!health:ok",
            "cluster:",
            "re:",
            "name:check*",
        ] {
            check(text, true);
        }
        for text in [
            "cko1",
            "'chk",
            "!chekout !checkout",
            "cluster:eu-2",
            "ns:sho",
            "health:ok",
            "age:<10m",
            "label:tier",
            "re:^heck",
            "shop/pay",
            "csh",
            "!eu-1",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn what_makes_no_sense_hides_nothing_and_is_said() {
        for (text, why) in [
            ("helth:ok", "no field is called helth; there are: name ns cluster"),
            ("re:(", "re: unclosed group"),
            ("age:soon", "an age is a number"),
            ("age:99999999999999999h", "an age is a number"),
        ] {
            check(text, true);
            let error = Query::new(text).error().map(ToString::to_string).unwrap_or_default();
            assert!(error.starts_with(why), "{error}");
        }
        assert!(Query::of_lines("time: 12:30").error().is_none());
    }
}
