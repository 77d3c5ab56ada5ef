//! A graph of labels, sorted topologically with cycles kept together.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::ir::{Pos, StructId};
use crate::label::Label;

type Owner = (StructId, Pos);

#[derive(Default)]
pub(super) struct Graph {
    index: FxHashMap<Label, usize>,
    labels: Vec<Label>,
    owners: Vec<Option<Owner>>,
    out: Vec<BTreeSet<usize>>,
}

impl Graph {
    pub(super) fn ensure(&mut self, label: Label) -> usize {
        *self.index.entry(label).or_insert_with(|| {
            self.labels.push(label);
            self.owners.push(None);
            self.out.push(BTreeSet::new());
            self.labels.len() - 1
        })
    }

    pub(super) fn owner(&self, label: Label) -> Option<Owner> {
        self.index.get(&label).and_then(|i| self.owners[*i])
    }

    pub(super) fn own(&mut self, label: Label, owner: Owner) {
        let i = self.ensure(label);
        self.owners[i] = Some(owner);
    }

    pub(super) fn edge(&mut self, from: Label, to: Label) {
        let (from, to) = (self.ensure(from), self.ensure(to));
        self.out[from].insert(to);
    }

    /// Ready components by smallest name; names within a component sorted; list indices before strings.
    pub(super) fn sort<'a>(&self, name: impl Fn(Label) -> &'a str) -> Vec<Label> {
        let comp_of = self.components();
        let count = comp_of.iter().max().map_or(0, |m| m + 1);
        let key = |i: usize| {
            let l = self.labels[i];
            if l.is_int() { (0, l.index(), "") } else { (1, 0, name(l)) }
        };
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (i, c) in comp_of.iter().enumerate() {
            members[*c].push(i);
        }
        for m in &mut members {
            m.sort_by_key(|i| key(*i));
        }
        let mut incoming = vec![0; count];
        let mut outgoing: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        for (i, targets) in self.out.iter().enumerate() {
            for t in targets {
                let (a, b) = (comp_of[i], comp_of[*t]);
                if a != b && outgoing[a].insert(b) {
                    incoming[b] += 1;
                }
            }
        }
        let mut ready = BTreeSet::new();
        let keys = |c: usize| members[c].iter().map(|i| key(*i)).collect::<Vec<_>>();
        (0..count).filter(|c| incoming[*c] == 0).for_each(|c| {
            ready.insert((keys(c), c));
        });
        let mut sorted = Vec::with_capacity(self.labels.len());
        while let Some((_, c)) = ready.pop_first() {
            sorted.extend(members[c].iter().map(|i| self.labels[*i]));
            for &next in &outgoing[c] {
                incoming[next] -= 1;
                if incoming[next] == 0 {
                    ready.insert((keys(next), next));
                }
            }
        }
        sorted
    }

    /// The strongly connected component of each label (Tarjan, without recursion).
    fn components(&self) -> Vec<usize> {
        let n = self.labels.len();
        let mut s = Tarjan {
            index: vec![usize::MAX; n],
            low: vec![0; n],
            on: vec![false; n],
            comp: vec![0; n],
            ..Tarjan::default()
        };
        for root in 0..n {
            if s.index[root] == usize::MAX {
                s.visit(&self.out, root);
            }
        }
        s.comp
    }
}

#[derive(Default)]
struct Tarjan {
    counter: usize,
    comps: usize,
    index: Vec<usize>,
    low: Vec<usize>,
    on: Vec<bool>,
    comp: Vec<usize>,
    stack: Vec<usize>,
}

impl Tarjan {
    fn enter(&mut self, v: usize) {
        self.index[v] = self.counter;
        self.low[v] = self.counter;
        self.counter += 1;
        self.stack.push(v);
        self.on[v] = true;
    }

    fn visit(&mut self, out: &[BTreeSet<usize>], root: usize) {
        self.enter(root);
        let mut work = vec![(root, out[root].iter())];
        while let Some((v, targets)) = work.last_mut() {
            let v = *v;
            if let Some(&w) = targets.next() {
                if self.index[w] == usize::MAX {
                    self.enter(w);
                    work.push((w, out[w].iter()));
                } else if self.on[w] {
                    self.low[v] = self.low[v].min(self.index[w]);
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                self.low[*parent] = self.low[*parent].min(self.low[v]);
            }
            if self.low[v] == self.index[v] {
                while let Some(w) = self.stack.pop() {
                    self.on[w] = false;
                    self.comp[w] = self.comps;
                    if w == v {
                        break;
                    }
                }
                self.comps += 1;
            }
        }
    }
}
