//! Disjunctions: one task per node multiplies all of them out, each survivor on a copy of the node.
//!
//! Terms carry a mode (maybe, default, not default) that crossing two disjunctions combines by maximum; a side whose
//! defaults all died counts as maybe. Equal survivors are merged.

use std::sync::Arc;

use smallvec::SmallVec;

use super::equal::STRUCTURAL;
use super::node::*;
use super::sched::*;
use super::val::*;
use super::{ArcType, Eval, R};

impl Eval {
    pub(super) fn schedule_disjunction(&mut self, node: NodeId, d: PendingDisj) {
        if self.st(node).disjunctions.is_empty() {
            let none = Elem::Val(Val::Top);
            self.add_task(TaskKind::Disjunctions, node, EnvId::NONE, none, CloseInfo::NONE);
        }
        let st = self.st(node);
        st.disjunctions.push(d);
        st.has_disjunction = true;
    }

    /// Gives all descendants a record. False when a member among them already failed.
    fn init_arcs(&mut self, v: NodeId) -> R<bool> {
        let mut at = 0;
        while let Some(&a) = self.node(v).arcs.get(at) {
            at += 1;
            let failed = self.get_state(a)? && self.st(a).errs.is_some();
            if failed {
                if self.node(a).arc_type == ArcType::Member {
                    return Ok(false);
                }
            } else if !self.deeper(|e| e.init_arcs(a))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn process_disjunctions(&mut self, node: NodeId) -> R<Option<Arc<Bottom>>> {
        let todo = std::mem::take(&mut self.st(node).disjunctions);
        if !self.init_arcs(node)? {
            return Ok(self.disjunct_error(node));
        }
        let outer = self.outer_mode(node);
        let mut cross = vec![node];
        for (i, d) in todo.iter().enumerate() {
            let last = i + 1 == todo.len();
            let mode = match outer {
                Some(m) if last => m,
                None if last => RunMode::Finalize,
                _ => RunMode::Attempt,
            };
            let mut errs = vec![None; d.terms.len()];
            let results = self.cross_product(node, &cross, d, mode, &mut errs)?;
            if results.is_empty() {
                return Ok(Some(self.collect_errors(node, errs)));
            }
            if results.len() as u64 > self.limits.disjuncts {
                return Err(self.spent("disjuncts"));
            }
            cross = results;
        }
        if let [one] = cross[..] {
            self.node_mut(node).base = Some(Val::Node(one));
            if self.st(node).mode == Mode::Maybe {
                self.st(node).mode = self.st(one).mode;
            }
            let attempt = self.st(node).default_attempt;
            if !attempt.is_none() && self.st(node).mode != Mode::Default {
                let path = self.path_text(attempt);
                let b = self.err(
                    Code::Cycle,
                    "ambiguous default elimination by referencing {}",
                    [Arg::Text(path)],
                );
                self.node_mut(node).base = Some(Val::Bottom(b.clone()));
                return Ok(Some(b));
            }
        } else {
            self.st(node).disjuncts.extend(cross);
        }
        self.signal_decided(node)?;
        Ok(None)
    }

    fn outer_mode(&self, node: NodeId) -> Option<RunMode> {
        let mut p = node;
        while !p.is_none() {
            if self.node(p).is_disjunct {
                return Some(self.state(p).and_then(|s| s.run_mode).unwrap_or(RunMode::Finalize));
            }
            p = self.node(p).parent;
        }
        None
    }

    /// When one survivor is the value or the only default, what it completed holds for the node.
    fn signal_decided(&mut self, node: NodeId) -> R<()> {
        let all = self.st(node).disjuncts.clone();
        let mut completed = 0;
        let mut defaults = 0;
        if let [one] = all[..] {
            completed = self.st(one).sched.completed;
        }
        for &d in &all {
            if self.st(d).mode == Mode::Default {
                defaults += 1;
                completed = self.st(d).sched.completed;
            }
        }
        if defaults == 1 || all.len() == 1 {
            self.signal(node, completed)?;
        }
        Ok(())
    }

    fn cross_product(
        &mut self,
        orig: NodeId,
        cross: &[NodeId],
        d: &PendingDisj,
        mode: RunMode,
        errs: &mut [Option<Arc<Bottom>>],
    ) -> R<Vec<NodeId>> {
        let mut tmp = Vec::with_capacity(cross.len());
        let (mut left_drops, mut right_drops) = (true, true);
        for &p in cross {
            self.init_arcs(p)?;
            for (j, (term, term_mode)) in d.terms.iter().enumerate() {
                let c = Conj { env: d.env, elem: term.clone(), ci: d.ci };
                match self.do_disjunct(p, c, *term_mode, mode, orig)? {
                    Err(b) => errs[j] = Some(b),
                    Ok(r) => {
                        tmp.push(r);
                        let st = self.st(p);
                        left_drops &= st.mode != Mode::Default && st.orig_mode != Mode::Default;
                        right_drops &= *term_mode != Mode::Default;
                    }
                }
            }
        }
        let mut out = Vec::with_capacity(tmp.len());
        let mut decided = false;
        for r in tmp {
            let (own, orig_mode, inner) = {
                let st = self.st(r);
                (st.mode, st.orig_mode, st.disjuncts.clone())
            };
            if inner.is_empty() {
                self.st(r).mode = combine_modes(own, orig_mode, left_drops, right_drops);
                self.append_disjunct(&mut out, r)?;
                continue;
            }
            for x in inner {
                let m = orig_mode.max(self.st(x).mode);
                let m = combine_modes(own, m, left_drops, false);
                self.st(x).mode = m;
                decided |= m != Mode::Maybe;
                self.append_disjunct(&mut out, x)?;
            }
        }
        if decided {
            for &r in &out {
                if self.st(r).mode == Mode::Maybe {
                    self.st(r).mode = Mode::NotDefault;
                }
            }
        }
        Ok(out)
    }

    /// Tries one term on a copy of `n`.
    fn do_disjunct(
        &mut self,
        n: NodeId,
        c: Conj,
        term: Mode,
        mode: RunMode,
        orig: NodeId,
    ) -> R<Result<NodeId, Arc<Bottom>>> {
        self.step()?;
        self.complete_tasks(n, mode)?;
        self.st(n).sched.blocking.clear();
        let blocking = std::mem::take(&mut self.blocking);
        let orig_base = (!self.node(orig).is_disjunct).then(|| self.node(orig).base.clone());
        let (d, map) = self.clone_for_disjunct(n)?;
        if orig_base.is_some() {
            self.node_mut(orig).base = Some(Val::Node(d));
        }
        self.overlays.push((n, map.clone()));
        self.st(d).run_mode = Some(mode);
        let mut c = c;
        c.env = self.map_env(&map, c.env);
        let base = self.node(n).base.clone();
        self.node_mut(n).base = Some(Val::Node(d));
        let out = self.run_disjunct(n, d, c, term, mode);
        self.overlays.pop();
        self.node_mut(n).base = base;
        if let Some(b) = orig_base {
            self.node_mut(orig).base = b;
        }
        self.blocking = blocking;
        out
    }

    fn run_disjunct(
        &mut self,
        n: NodeId,
        d: NodeId,
        c: Conj,
        term: Mode,
        mode: RunMode,
    ) -> R<Result<NodeId, Arc<Bottom>>> {
        self.node_mut(d).status = Status::Unprocessed;
        let ci = c.ci;
        self.schedule_conjunct(d, c, ci)?;
        let own = self.st(n).mode;
        let st = self.st(d);
        st.mode = own;
        st.orig_mode = term;
        self.unify(d, ALL, mode, true)?;
        if let Some(b) = self.error_below(d)?
            && !b.placeholder
        {
            return Ok(Err(b));
        }
        let w = self.deref_disjunct(d);
        self.st(w).orig_mode = term;
        Ok(Ok(w))
    }

    /// The first error in a node or its fields.
    fn error_below(&mut self, v: NodeId) -> R<Option<Arc<Bottom>>> {
        if let Some(b) = self.disjunct_error(v) {
            return Ok(Some(b));
        }
        let mut at = 0;
        while let Some(&a) = self.node(v).arcs.get(at) {
            at += 1;
            if self.node(a).arc_type > ArcType::Required || self.node(a).label.is_let() {
                return Ok(None);
            }
            if self.get_state(a)?
                && let Some(b) = self.deeper(|e| e.error_below(a))?
            {
                return Ok(Some(b));
            }
        }
        Ok(None)
    }

    fn disjunct_error(&self, v: NodeId) -> Option<Arc<Bottom>> {
        self.bottom(v)
            .filter(|b| !b.placeholder)
            .or_else(|| self.node(v).child_errors.clone())
            .or_else(|| self.state(v).and_then(|s| s.errs.clone()))
            .or_else(|| self.errs.clone())
    }

    fn collect_errors(&mut self, node: NodeId, errs: Vec<Option<Arc<Bottom>>>) -> Arc<Bottom> {
        let mut code = Code::Eval;
        let mut user = false;
        for b in errs.into_iter().flatten() {
            code = code.max(b.code);
            if matches!(b.code, Code::User | Code::Literal) {
                if !user {
                    self.st(node).disjunct_errs.clear();
                }
                user = true;
            } else if user {
                continue;
            }
            self.st(node).disjunct_errs.push(b);
        }
        self.empty_disjunction(node, code)
    }

    /// Whether two messages tell the same: of one place and path, or word for word.
    fn same_message(&self, a: &Arc<Msg>, b: &Arc<Msg>) -> bool {
        if Arc::ptr_eq(a, b) {
            return true;
        }
        let placed = !a.pos.is_none() && !b.pos.is_none();
        if placed && a.pos != b.pos {
            return false;
        }
        // Copies of a node on which terms are tried stand at its path.
        let same_path = a.node == b.node || self.path_of(a.node) == self.path_of(b.node);
        same_path && (placed || self.msg_text(a) == self.msg_text(b))
    }

    fn empty_disjunction(&mut self, node: NodeId, code: Code) -> Arc<Bottom> {
        let errs = std::mem::take(&mut self.st(node).disjunct_errs);
        let mut msgs: Vec<Arc<Msg>> = Vec::new();
        for m in relevant(errs).iter().flat_map(|b| &b.msgs) {
            if !msgs.iter().any(|x| self.same_message(x, m)) {
                msgs.push(m.clone());
            }
        }
        let mut head = match msgs.len() {
            0 => self.msg("empty disjunction", []),
            1 => return Arc::new(Bottom { msgs, node, ..Bottom::bare(code) }),
            n => self.msg("{} errors in empty disjunction:", [Arg::Int(n as i64)]),
        };
        head.node = node;
        msgs.insert(0, Arc::new(head));
        Arc::new(Bottom { msgs, node, ..Bottom::bare(code) })
    }

    /// Turns the surviving copies of a complete node into its value.
    pub(super) fn finalize_disjunctions(&mut self, node: NodeId) -> R<()> {
        let all = self.st(node).disjuncts.clone();
        if all.is_empty() {
            return Ok(());
        }
        let mut failed = 0;
        for &x in &all {
            self.node_mut(x).conjuncts.clear();
            if let Some(b) = self.node_err(x) {
                self.st(node).disjunct_errs.push(b);
                failed += 1;
            }
        }
        if failed == all.len() {
            let errs = &self.st(node).disjunct_errs;
            let code = errs.iter().map(|b| b.code).max().unwrap_or(Code::Eval);
            let b = self.empty_disjunction(node, code);
            self.node_mut(node).base = Some(Val::Bottom(b));
            return Ok(());
        }
        let mut vals: Vec<Val> = all.iter().map(|x| Val::Node(*x)).collect();
        let mut defaults = 0;
        let mut has_defaults = false;
        for (i, &x) in all.iter().enumerate() {
            match self.st(x).mode {
                Mode::Default => {
                    vals[i] = vals[defaults].clone();
                    vals[defaults] = Val::Node(x);
                    defaults += 1;
                    has_defaults = true;
                }
                Mode::NotDefault => has_defaults = true,
                Mode::Maybe => {}
            }
        }
        let attempt = self.st(node).default_attempt;
        let base = if attempt.is_none() || defaults == 1 {
            Val::Disj(Arc::new(Disj { vals, defaults, has_defaults }))
        } else {
            let path = self.path_text(attempt);
            let fmt = "cycle across unresolved disjunction referenced by {}";
            Val::Bottom(self.err(Code::Cycle, fmt, [Arg::Text(path)]))
        };
        let n = self.node_mut(node);
        n.base = Some(base);
        n.arcs.clear();
        n.child_errors = None;
        Ok(())
    }

    /// Adds a survivor unless an equal one is there already.
    fn append_disjunct(&mut self, out: &mut Vec<NodeId>, x: NodeId) -> R<()> {
        for y in out.iter().copied() {
            if x == y {
                return Ok(());
            }
            self.step()?;
            if self.equal_disjuncts(x, y)? {
                if self.st(x).mode == Mode::Default {
                    self.st(y).mode = Mode::Default;
                }
                self.merge_close_info(y, x)?;
                return Ok(());
            }
        }
        out.push(x);
        Ok(())
    }

    fn equal_disjuncts(&mut self, x: NodeId, y: NodeId) -> R<bool> {
        let (nx, ny) = (self.deref(x), self.deref(y));
        let finished = |v| self.node(v).status == Status::Finalized;
        if finished(nx) && finished(ny) {
            return self.equal(&Val::Node(ny), &Val::Node(nx), STRUCTURAL);
        }
        if !self.equal_partial(x, y)? || !self.same_tasks(x, y) {
            return Ok(false);
        }
        let value = |e: &mut Self, v: NodeId, of: NodeId| match e.node(v).base.clone() {
            Some(b) if !b.is_placeholder() => b,
            _ => e.validators(of),
        };
        let vx = value(self, nx, x);
        let vy = value(self, ny, x);
        if vx.is_mark() || vy.is_mark() {
            return Ok(true);
        }
        self.equal(&vx, &vy, STRUCTURAL)
    }

    fn same_tasks(&self, x: NodeId, y: NodeId) -> bool {
        let (Some(a), Some(b)) = (self.state(x), self.state(y)) else { return true };
        if (a.sched.tasks_left() || b.sched.tasks_left())
            && a.sched.tasks.len() != b.sched.tasks.len()
        {
            return false;
        }
        let rest = &b.sched.tasks[b.sched.task_pos..];
        rest.iter().zip(&a.sched.tasks).all(|(s, t)| {
            match (&self.tasks[s.at()].x, &self.tasks[t.at()].x) {
                (Elem::Expr(a), Elem::Expr(b)) => a == b,
                (Elem::Decl(a), Elem::Decl(b)) => a == b,
                (Elem::Val(a), Elem::Val(b)) => a.same(b),
                _ => false,
            }
        })
    }

    /// Whether two unfinished nodes know the same.
    fn equal_partial(&mut self, x: NodeId, y: NodeId) -> R<bool> {
        self.step()?;
        if self.state(x).is_none() && self.state(y).is_none() {
            return self.equal(&Val::Node(x), &Val::Node(y), STRUCTURAL);
        }
        if self.state(x).is_none() || self.state(y).is_none() || !self.equal_records(x, y)? {
            return Ok(false);
        }
        let (px, py) = (self.node(x).patterns.clone(), self.node(y).patterns.clone());
        if px.len() != py.len() {
            return Ok(false);
        }
        for ((_, a), (_, b)) in px.into_iter().zip(py) {
            self.finalize(a)?;
            self.finalize(b)?;
            if !self.equal(&Val::Node(a), &Val::Node(b), STRUCTURAL)? {
                return Ok(false);
            }
        }
        let arcs = self.node(x).arcs.clone();
        if arcs.len() != self.node(y).arcs.len() {
            return Ok(false);
        }
        for a in arcs {
            let label = self.node(a).label;
            let Some(b) = self.arc(y, label) else { return Ok(false) };
            if !self.deeper(|e| e.equal_partial(a, b))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_records(&mut self, x: NodeId, y: NodeId) -> R<bool> {
        use crate::kind::Kind;
        let kind = |s: &State| if s.a_struct.is_some() { s.kind & Kind::STRUCT } else { s.kind };
        let (Some(sx), Some(sy)) = (self.state(x), self.state(y)) else { return Ok(false) };
        if kind(sx) != kind(sy) || sx.has_top != sy.has_top || sx.checks.len() != sy.checks.len() {
            return Ok(false);
        }
        let mut pairs: SmallVec<[(Val, Val); 4]> = SmallVec::new();
        let bound = |b: &Option<Arc<Bound>>| b.clone().map(Val::Bound);
        for pair in [
            (sx.scalar.clone(), sy.scalar.clone()),
            (bound(&sx.lower), bound(&sy.lower)),
            (bound(&sx.upper), bound(&sy.upper)),
        ] {
            match pair {
                (None, None) => {}
                (Some(a), Some(b)) => pairs.push((a, b)),
                _ => return Ok(false),
            }
        }
        for (a, b) in sx.checks.iter().zip(&sy.checks) {
            if let (Elem::Val(a), Elem::Val(b)) = (&a.elem, &b.elem)
                && !a.same(b)
            {
                pairs.push((a.clone(), b.clone()));
            }
        }
        for (a, b) in pairs {
            if !self.equal(&a, &b, STRUCTURAL)? {
                return Ok(false);
            }
        }
        Ok(self.same_tasks(x, y))
    }
}

/// The mode of two terms together; that of a side whose defaults all failed does not count.
pub(super) fn combine_modes(a: Mode, b: Mode, drop_a: bool, drop_b: bool) -> Mode {
    let keep = |m, drop| if drop { Mode::Maybe } else { m };
    keep(a, drop_a).max(keep(b, drop_b))
}

/// Of the errors of many terms, those worth telling: from the first one that more data could mend on, and each only when
/// it comes from a place of its own.
fn relevant(errs: Vec<Arc<Bottom>>) -> Vec<Arc<Bottom>> {
    if errs.len() <= 2 {
        return errs;
    }
    let from = errs.iter().position(|b| b.is_incomplete()).unwrap_or(0);
    let mut seen: Vec<crate::ir::Pos> = Vec::new();
    let mut fresh = |b: &Arc<Bottom>| {
        let Some(first) = b.msgs.first() else { return false };
        let places = std::iter::once(first.pos).chain(first.more.iter().copied());
        let new = places.into_iter().find(|p| !seen.contains(p));
        seen.extend(new);
        new.is_some()
    };
    errs.into_iter().skip(from).filter(|b| fresh(b)).collect()
}
