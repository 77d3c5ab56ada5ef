//! Copies of a node and all below it, on which one term of a disjunction is tried.
//!
//! Environments that point into the copied tree are redirected to the copy; unfinished tasks move to it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::node::*;
use super::{Eval, R};

type NodeMap = FxHashMap<NodeId, NodeId>;

struct Copy {
    map: NodeMap,
    originals: Vec<NodeId>,
    done: FxHashMap<NodeId, NodeId>,
    cells: FxHashMap<CellId, CellId>,
    /// The environment redirected last, and what it became: neighbours most often share one.
    last_env: (EnvId, EnvId),
}

fn mapped(map: &NodeMap, mut v: NodeId) -> NodeId {
    let mut hops = 0;
    while let Some(&x) = map.get(&v) {
        v = x;
        hops += 1;
        if hops > map.len() {
            break;
        }
    }
    v
}

impl Eval {
    pub(super) fn clone_for_disjunct(&mut self, root: NodeId) -> R<(NodeId, Arc<NodeMap>)> {
        let map =
            self.st(root).vertex_map.as_ref().map_or_else(NodeMap::default, |m| (**m).clone());
        let mut copy = Copy {
            map,
            originals: Vec::new(),
            done: FxHashMap::default(),
            cells: FxHashMap::default(),
            last_env: (EnvId::NONE, EnvId::NONE),
        };
        let v = self.clone_node(&mut copy, root)?;
        self.node_mut(v).is_disjunct = true;
        let map = Arc::new(std::mem::take(&mut copy.map));
        self.st(v).vertex_map = Some(map.clone());
        for at in 0..copy.originals.len() {
            let v = copy.done[&copy.originals[at]];
            if self.node(v).state.is_none() {
                continue;
            }
            for i in 0..self.node(v).conjuncts.len() {
                let env = self.node(v).conjuncts[i].env;
                let env = self.copied_env(&mut copy, &map, env);
                self.node_mut(v).conjuncts[i].env = env;
            }
            for t in self.st(v).sched.tasks.clone() {
                self.rewire_task(&mut copy, &map, t);
            }
        }
        Ok((v, map))
    }

    fn copied_env(&mut self, copy: &mut Copy, map: &NodeMap, env: EnvId) -> EnvId {
        if copy.last_env.0 != env {
            copy.last_env = (env, self.map_env(map, env));
        }
        copy.last_env.1
    }

    pub(super) fn map_env(&mut self, map: &NodeMap, env: EnvId) -> EnvId {
        let mut at = env;
        while !at.is_none() && !map.contains_key(&self.envs[at.at()].node) {
            at = self.envs[at.at()].up;
        }
        if at.is_none() {
            return env;
        }
        let mut chain: smallvec::SmallVec<[EnvId; 16]> = Default::default();
        let mut at = env;
        while !at.is_none() {
            chain.push(at);
            at = self.envs[at.at()].up;
        }
        let mut new_up = EnvId::NONE;
        for own in chain.into_iter().rev() {
            let e = &self.envs[own.at()];
            let (up, node, label) = (e.up, e.node, e.label);
            let new_node = mapped(map, node);
            if new_up == up && new_node == node {
                new_up = own;
                continue;
            }
            self.envs.push(Env { up: new_up, node: new_node, label, lets: Default::default() });
            new_up = EnvId(self.envs.len() as u32 - 1);
        }
        new_up
    }

    fn clone_node(&mut self, copy: &mut Copy, x: NodeId) -> R<NodeId> {
        if let Some(&v) = copy.done.get(&x) {
            return Ok(v);
        }
        if self.node(x).state.is_some() {
            self.get_state(x)?;
        }
        // The fields get copies of their own, so they are kept out of the copying of the node.
        let original = self.node_mut(x);
        let arcs = std::mem::take(&mut original.arcs);
        let patterns = std::mem::take(&mut original.patterns);
        let mut n = original.clone();
        let state = n.state.take();
        (original.arcs, original.patterns) = (arcs, patterns);
        let v = self.new_node(n)?;
        copy.map.insert(x, v);
        copy.done.insert(x, v);
        copy.originals.push(x);
        let mut at = 0;
        while let Some(&a) = self.node(x).arcs.get(at) {
            at += 1;
            let b = self.deeper(|e| e.clone_node(copy, a))?;
            self.node_mut(b).parent = v;
            self.node_mut(v).arcs.push(b);
        }
        let mut at = 0;
        while let Some((p, c)) = self.node(x).patterns.get(at).cloned() {
            at += 1;
            let c = self.deeper(|e| e.clone_node(copy, c))?;
            self.node_mut(v).patterns.push((p, c));
        }
        if let Some(mut st) = state {
            let src = self.st(x);
            st.sched = src.sched.clone();
            src.sched.blocking.clear();
            self.reset_record(&mut st);
            let tasks = std::mem::take(&mut st.sched.tasks);
            st.sched.task_pos = 0;
            st.sched.blocking.clear();
            for d in &mut st.disjunctions {
                d.env = self.map_env(&copy.map, d.env);
            }
            self.node_mut(v).state = Some(st);
            for t in tasks {
                self.clone_task(t, v);
            }
        }
        Ok(v)
    }

    /// What a copy does not take over from its original.
    fn reset_record(&self, st: &mut State) {
        st.attached = NodeId::NONE;
        st.post_checks.clear();
        st.notify.clear();
        st.disjuncts.clear();
        st.disjunct_errs.clear();
        st.vertex_map = None;
        st.run_mode = None;
        st.cyclic.clear();
        st.req_sets.clear();
        st.computed_close = false;
        st.has_disjunction = !st.disjunctions.is_empty();
        st.sched.frozen = 0;
    }

    /// Moves an unfinished task to the copy of its node.
    fn clone_task(&mut self, t: TaskId, to: NodeId) {
        let task = &mut self.tasks[t.at()];
        let keep = match task.state {
            TaskState::Waiting | TaskState::Ready => true,
            TaskState::Running => task.kind != TaskKind::Disjunctions,
            TaskState::Done | TaskState::Cancelled => false,
        };
        if !keep || task.defunct && task.state == TaskState::Cancelled {
            return;
        }
        task.defunct = true;
        let mut own = task.clone();
        own.defunct = false;
        own.node = to;
        if own.state == TaskState::Running {
            own.state = TaskState::Ready;
        }
        self.tasks.push(own);
        let id = TaskId(self.tasks.len() as u32 - 1);
        self.st(to).sched.tasks.push(id);
    }

    fn rewire_task(&mut self, copy: &mut Copy, map: &NodeMap, t: TaskId) {
        let env = self.tasks[t.at()].env;
        let env = self.copied_env(copy, map, env);
        self.tasks[t.at()].env = env;
        let (cell, leaf) = (self.tasks[t.at()].cell, self.tasks[t.at()].leaf);
        if !cell.is_none() {
            let cell = self.clone_cell(copy, map, cell);
            self.tasks[t.at()].cell = cell;
        }
        let leaf = self.clone_comp(copy, map, leaf);
        self.tasks[t.at()].leaf = leaf;
        let before = self.tasks[t.at()].blocked_on;
        if !before.is_none() {
            let after = mapped(map, before);
            if before != after {
                let cond = self.tasks[t.at()].block_cond;
                self.tasks[t.at()].blocked_on = after;
                let s = &mut self.st(after).sched;
                s.blocking.push(t);
                s.needs |= cond;
                self.blocking.push(t);
            }
        }
    }

    fn clone_cell(&mut self, copy: &mut Copy, map: &NodeMap, cell: CellId) -> CellId {
        if cell.is_none() {
            return cell;
        }
        if let Some(&c) = copy.cells.get(&cell) {
            return c;
        }
        let own = &self.cells[cell.at()];
        let own = Cell {
            comp: own.comp,
            node: mapped(map, own.node),
            structs: own.structs.clone(),
            envs: Vec::new(),
            done: false,
        };
        self.cells.push(own);
        let id = CellId(self.cells.len() as u32 - 1);
        copy.cells.insert(cell, id);
        id
    }

    fn clone_comp(&mut self, copy: &mut Copy, map: &NodeMap, inst: CompInstId) -> CompInstId {
        let mut chain: smallvec::SmallVec<[CompInstId; 4]> = Default::default();
        let mut at = inst;
        while !at.is_none() {
            chain.push(at);
            at = self.comps[at.at()].parent;
        }
        let mut parent = CompInstId::NONE;
        for inst in chain.into_iter().rev() {
            let mut own = self.comps[inst.at()];
            own.cell = self.clone_cell(copy, map, own.cell);
            // Fields below are found through the copies while these are in use; the root of a copy is its original,
            // whose presence the comprehension decides.
            own.arc = self.overlaid(own.arc);
            own.parent = parent;
            parent = self.new_comp(own);
        }
        parent
    }
}
