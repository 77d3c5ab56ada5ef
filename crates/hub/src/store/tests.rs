//! Model tests of the store: replaying changes over a snapshot gives the later snapshot.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

fn object(name: &str, n: u64) -> Value {
    json!({"metadata": {"name": name}, "n": n})
}

fn maps() -> Collection {
    Collection::new("", "configmaps")
}

async fn put(store: &Store, name: &str, n: u64) -> u64 {
    let key = Key::new("ns", name);
    let write = match store.get(&maps(), &key) {
        Some(old) => Write::Replace(object(name, n), json::revision(&old)),
        None => Write::Create(object(name, n)),
    };
    json::revision(&store.commit(&maps(), &key, write).await.unwrap())
}

async fn remove(store: &Store, name: &str) -> u64 {
    let key = Key::new("ns", name);
    let old = store.get(&maps(), &key).unwrap();
    let write = Write::Remove((*old).clone(), json::revision(&old));
    json::revision(&store.commit(&maps(), &key, write).await.unwrap())
}

fn view(snapshot: Snapshot) -> BTreeMap<String, Value> {
    snapshot.objects.into_iter().map(|(k, v)| (k.name, (*v).clone())).collect()
}

#[tokio::test]
async fn any_older_revision_can_be_listed_and_replayed() {
    let store = Store::memory();
    let mut seen = Vec::new();
    for step in 0..60u64 {
        let name = format!("o{}", step % 7);
        let exists = store.get(&maps(), &Key::new("ns", &name)).is_some();
        let rev = if step % 5 == 4 && exists {
            remove(&store, &name).await
        } else {
            put(&store, &name, step).await
        };
        seen.push((rev, view(store.list(&maps(), None))));
    }
    let last = seen.last().unwrap().1.clone();
    for (rev, expected) in seen {
        let mut replayed = view(store.list_at(&maps(), Some("ns"), rev).unwrap());
        assert_eq!(replayed, expected, "at {rev}");
        for change in store.changes(&maps(), rev).unwrap().0 {
            match change.kind {
                ChangeKind::Deleted => replayed.remove(&change.key.name),
                _ => replayed.insert(change.key.name.clone(), (*change.object).clone()),
            };
        }
        assert_eq!(replayed, last, "replay from {rev}");
    }
}

#[tokio::test]
async fn commits_name_the_revision_they_expect() {
    let store = Store::memory();
    let rev = put(&store, "a", 1).await;
    let key = Key::new("ns", "a");
    let again = store.commit(&maps(), &key, Write::Create(object("a", 2))).await;
    assert_eq!(again.unwrap_err(), Refused::Exists);
    let stale = store.commit(&maps(), &key, Write::Replace(object("a", 2), rev + 1)).await;
    assert_eq!(stale.unwrap_err(), Refused::Changed);
    assert_eq!(store.get(&maps(), &key).unwrap()["n"], 1);
}

#[tokio::test]
async fn compacted_revisions_are_refused() {
    let store = Store::memory();
    let first = put(&store, "a", 1).await;
    let second = put(&store, "a", 2).await;
    store.compact();
    assert_eq!(store.changes(&maps(), first).unwrap_err(), Compacted { oldest: second });
    assert!(store.changes(&maps(), second).unwrap().0.is_empty());
}

#[tokio::test]
async fn a_file_survives_and_revisions_are_not_reused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.redb");
    let store = Store::open("one", &path).unwrap();
    put(&store, "a", 1).await;
    put(&store, "b", 2).await;
    let last = remove(&store, "a").await;
    drop(store);
    let again = open_again(&path).await;
    assert!(again.revision() >= last);
    let names: Vec<String> = view(again.list(&maps(), None)).into_keys().collect();
    assert_eq!(names, ["b"]);
    assert!(put(&again, "b", 3).await > last);
}

/// The writer thread closes the file a moment after its store is dropped.
async fn open_again(path: &Path) -> Store {
    loop {
        match Store::open("one", path) {
            Ok(store) => return store,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn owners_find_their_dependents() {
    let store = Store::memory();
    let mut child = object("child", 1);
    json::set_meta(&mut child, "ownerReferences", json!([{"uid": "u1"}]));
    let key = Key::new("ns", "child");
    store.commit(&maps(), &key, Write::Create(child)).await.unwrap();
    assert_eq!(store.dependents("u1"), [(maps(), key)]);
    remove(&store, "child").await;
    assert!(store.dependents("u1").is_empty());
}
