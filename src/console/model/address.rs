//! The address of a place, in one line: `hub/eu-1/shop/checkout?tab=diff`. It can be pasted into a chat,
//! kept as a bookmark, typed into the palette, and given back on the command line.

use serde::{Deserialize, Serialize};

use super::app::AppKey;
use super::compare::{Pair, Side};
use super::nav::{Tab, View};
use super::object::ObjectRef;

/// Where to go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The hub; empty for whichever is open.
    pub hub: String,
    /// What is shown there.
    pub view: View,
    /// The object that is looked at, where it is not the application.
    #[serde(default)]
    pub of: Option<ObjectRef>,
    /// Only rows that fit it.
    pub query: String,
    /// The row the cursor is on.
    pub row: String,
    /// What is compared there.
    pub sides: Pair,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// A sentence: what is wrong with it, and how one is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let parts: Vec<String> = path.trim_end_matches('/').split('/').map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let wrong = || {
            format!(
                "{text:?} is no address; one is HUB/inbox, HUB/applications, HUB/clusters, HUB/journal, \
                 HUB/pulse, HUB/NAMESPACE/NAME or HUB/CLUSTER/NAMESPACE/NAME, and ?tab=diff after it"
            )
        };
        let app = |namespace: &str, name: &str| {
            let key = AppKey { namespace: namespace.to_owned(), name: name.to_owned() };
            View::App(key, Tab::Tree)
        };
        let (hub, view, cluster) = match parts[..] {
            [hub, "inbox"] => (hub, View::Inbox, ""),
            [hub, "applications"] => (hub, View::Apps, ""),
            [hub, "clusters"] => (hub, View::Clusters, ""),
            [hub, "journal"] => (hub, View::Journal, ""),
            [hub, "pulse"] => (hub, View::Pulse, ""),
            [hub, namespace, name] => (hub, app(namespace, name), ""),
            [hub, cluster, namespace, name] => (hub, app(namespace, name), cluster),
            _ => return Err(wrong()),
        };
        if parts.iter().skip(1).any(|part| part.is_empty()) {
            return Err(wrong());
        }
        let mut address = Self { hub: hub.to_owned(), view, ..Self::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            address.set(pair)?;
        }
        if !cluster.is_empty() {
            let asked = format!("cluster:{cluster} {}", address.query);
            asked.trim_end().clone_into(&mut address.query);
        }
        Ok(address)
    }

    fn set(&mut self, pair: &str) -> Result<(), String> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match (name, &mut self.view) {
            ("tab", View::App(_, tab)) => {
                let known = Tab::ALL.into_iter().find(|tab| tab.title() == value);
                *tab = known.ok_or_else(|| {
                    let titles = Tab::ALL.map(Tab::title).join(", ");
                    format!("no side of an application is {value:?}; there are: {titles}")
                })?;
            }
            ("sides", View::App(_, Tab::Diff)) => {
                self.sides = Pair::parse(&value).ok_or_else(|| {
                    let words = Side::PRESENT.map(|side| side.word().to_owned()).join(", ");
                    format!("{value:?} are no two sides; each is one of {words}, or a revision")
                })?;
            }
            ("of", View::App(_, Tab::Info | Tab::Yaml)) => {
                let object = ObjectRef::parse(&value);
                self.of = Some(object.ok_or_else(|| {
                    format!("{value:?} is no object; one is CLUSTER/KIND/NAMESPACE/NAME")
                })?);
            }
            ("q", _) => self.query = value,
            ("row", _) => self.row = value,
            _ => {
                return Err(format!(
                    "an address has tab=, q= and row=, sides= after tab=diff, of= after tab=info and \
                     tab=yaml, and no {name:?} here"
                ));
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", encoded(&self.hub))?;
        let mut mark = '?';
        match &self.view {
            View::App(key, tab) => {
                write!(f, "/{}/{}", encoded(&key.namespace), encoded(&key.name))?;
                if *tab != Tab::default() {
                    write!(f, "?tab={}", tab.title())?;
                    mark = '&';
                }
            }
            list => write!(f, "/{}", list.name())?,
        }
        let sides = match self.sides == Pair::default() {
            true => String::new(),
            false => self.sides.to_string(),
        };
        let of = self.of.as_ref().map(ObjectRef::to_string).unwrap_or_default();
        let parts = [("sides", &sides), ("of", &of), ("q", &self.query), ("row", &self.row)];
        for (name, value) in parts {
            if !value.is_empty() {
                write!(f, "{mark}{name}={}", encoded(value))?;
                mark = '&';
            }
        }
        Ok(())
    }
}

/// Everything that an address or a shell could misread, as its bytes.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' | b',' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// The text that was encoded; what is no code stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match (bytes[at], byte) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        for text in [
            "hub/inbox",
            "/inbox",
            "hub/applications?q=health:waiting%20cluster:eu-%2A",
            "hub/clusters?row=eu-1",
            "hub-eu/shop/checkout",
            "hub-eu/shop/checkout?tab=diff",
            "hub-eu/shop/checkout?tab=diff&sides=applied,rendered",
            "hub-eu/shop/checkout?tab=diff&sides=checkout-v3,live&q=x",
            "hub-eu/shop/checkout?tab=info&of=eu-1%2FDeployment%2Fshop%2Fweb",
            "hub-eu/shop/checkout?tab=workflow&q=x&row=canary",
        ] {
            assert_eq!(
                Address::parse(text).map(|address| address.to_string()).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn a_cluster_in_it_is_asked_for() {
        let address = Address::parse("hub/eu-1/shop/checkout?tab=diff").expect("an address");
        assert_eq!(address.query, "cluster:eu-1");
        assert!(matches!(address.view, View::App(_, Tab::Diff)));
    }

    #[test]
    fn what_is_no_address_says_how_one_is_written() {
        for (text, why) in [
            ("hub", "is no address"),
            ("hub/a/b/c/d", "HUB/CLUSTER/NAMESPACE/NAME"),
            ("hub//checkout", "is no address"),
            ("hub/shop/checkout?tab=moon", "no side of an application is \"moon\""),
            ("hub/inbox?tab=diff", "no \"tab\" here"),
            ("hub/shop/checkout?sides=spec,live", "no \"sides\" here"),
            ("hub/shop/checkout?tab=diff&sides=moon", "are no two sides"),
            ("hub/shop/checkout?of=a%2Fb%2Fc%2Fd", "no \"of\" here"),
            ("hub/shop/checkout?tab=yaml&of=web", "CLUSTER/KIND/NAMESPACE/NAME"),
            ("", "is no address"),
        ] {
            let error = Address::parse(text).expect_err("it is none");
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
