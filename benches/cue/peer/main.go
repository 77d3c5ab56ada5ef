// Peer measures what benches/cue measures, with the evaluator of reference.
//
// It reads jobs as JSON from standard input and prints one JSON object a job: the median time of one
// turn in nanoseconds, and what the job made, so that both sides can be seen to do the same work.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// A job names a measure and brings the texts it needs.
type job struct {
	ID        string            `json:"id"`
	Measure   string            `json:"measure"`
	Files     []string          `json:"files"`
	Packages  map[string]string `json:"packages"`
	Parameter json.RawMessage   `json:"parameter"`
	Context   json.RawMessage   `json:"context"`
	Seconds   float64           `json:"seconds"`
}

type result struct {
	ID    string  `json:"id"`
	Nanos float64 `json:"nanos"`
	Bytes float64 `json:"bytes"`
	Made  string  `json:"made"`
	Error string  `json:"error,omitempty"`
}

func main() {
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		fmt.Fprintln(os.Stderr, "reading jobs:", err)
		os.Exit(2)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, j := range jobs {
		r := result{ID: j.ID}
		if err := measure(&j, &r); err != nil {
			r.Error = err.Error()
		}
		if err := out.Encode(r); err != nil {
			os.Exit(2)
		}
	}
}

func measure(j *job, r *result) error {
	switch j.Measure {
	case "render":
		return r.timed(j, func() (string, error) { return render(j) })
	case "filled":
		return filled(j, r)
	case "evaluate":
		return r.timed(j, func() (string, error) { return "", evaluate(j) })
	case "parse":
		return r.timed(j, func() (string, error) {
			_, err := parser.ParseFile("parse.cue", j.Files[0], parser.ParseComments)
			return "", err
		})
	case "memory":
		return memory(j, r)
	}
	return fmt.Errorf("no measure named %q", j.Measure)
}

// timed runs turns until the time is up, at least five.
func (r *result) timed(j *job, turn func() (string, error)) error {
	made, err := turn()
	if err != nil {
		return err
	}
	r.Made = made
	var times []float64
	until := time.Now().Add(time.Duration(j.Seconds * float64(time.Second)))
	for len(times) < 5 || time.Now().Before(until) {
		start := time.Now()
		if _, err := turn(); err != nil {
			return err
		}
		times = append(times, float64(time.Since(start).Nanoseconds()))
	}
	slices.Sort(times)
	r.Nanos = times[len(times)/2]
	return nil
}

// built compiles files as one package; imports of registered packages are loaded from their texts.
func built(ctx *cue.Context, packages map[string]string, files ...string) (cue.Value, error) {
	var load build.LoadFunc
	var builder *build.Context
	load = func(_ token.Pos, path string) *build.Instance {
		text, ok := packages[path]
		if !ok {
			return nil
		}
		inst := builder.NewInstance(path, load)
		inst.ImportPath = path
		if err := inst.AddFile(path, text); err != nil {
			return inst
		}
		if err := inst.Complete(); err != nil {
			return inst
		}
		return inst
	}
	builder = build.NewContext(build.Loader(load))
	inst := builder.NewInstance("", load)
	for i, text := range files {
		if err := inst.AddFile(fmt.Sprintf("file-%d.cue", i), text); err != nil {
			return cue.Value{}, err
		}
	}
	if err := inst.Complete(); err != nil {
		return cue.Value{}, err
	}
	v := ctx.BuildInstance(inst)
	return v, v.Err()
}

// joined is template, parameter and context as one text.
func (j *job) joined() string {
	return j.Files[0] + "\nparameter: " + string(j.Parameter) + "\ncontext: " + string(j.Context) + "\n"
}

// render is what a host does that joins template, parameter and context into one text each time.
func render(j *job) (string, error) {
	v, err := built(cuecontext.New(), j.Packages, j.joined())
	if err != nil {
		return "", err
	}
	if err := v.Validate(); err != nil {
		return "", err
	}
	return made(v, reread)
}

// reread turns a value into text and that text into JSON: what is patched is kept as text.
func reread(v cue.Value) ([]byte, error) {
	text, err := format.Node(v.Syntax(cue.ResolveReferences(true), cue.Final()))
	if err != nil {
		return nil, err
	}
	again := v.Context().CompileBytes(text)
	return again.MarshalJSON()
}

// made is the JSON of all fields but the inputs; null where a field has none.
func made(v cue.Value, workload func(cue.Value) ([]byte, error)) (string, error) {
	all := map[string]json.RawMessage{}
	fields, err := v.Fields()
	if err != nil {
		return "", err
	}
	add := func(name string, v cue.Value, marshal func(cue.Value) ([]byte, error)) {
		text, err := marshal(v)
		if err != nil {
			text = []byte("null")
		}
		all[name] = text
	}
	for fields.Next() {
		switch name := fields.Selector().Unquoted(); name {
		case "parameter", "context":
		case "output", "patch":
			add(name, fields.Value(), workload)
		default:
			add(name, fields.Value(), cue.Value.MarshalJSON)
		}
	}
	if len(all) == 0 {
		add("parameter", v.LookupPath(cue.ParsePath("parameter")), cue.Value.MarshalJSON)
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// filled is the best case: template and inputs are compiled once and joined at each turn.
func filled(j *job, r *result) error {
	ctx := cuecontext.New()
	template, err := built(ctx, j.Packages, j.Files[0])
	if err != nil {
		return err
	}
	parameter := ctx.CompileBytes(j.Parameter)
	surroundings := ctx.CompileBytes(j.Context)
	return r.timed(j, func() (string, error) {
		v := template.FillPath(cue.ParsePath("parameter"), parameter)
		v = v.FillPath(cue.ParsePath("context"), surroundings)
		if err := v.Validate(); err != nil {
			return "", err
		}
		return made(v, cue.Value.MarshalJSON)
	})
}

// evaluate compiles and evaluates from text; errors of the values are results.
func evaluate(j *job) error {
	v, err := built(cuecontext.New(), j.Packages, j.Files...)
	if !v.Exists() {
		return err
	}
	_ = v.Validate()
	return nil
}

// memory is the heap that one finished render holds.
func memory(j *job, r *result) error {
	const live = 50
	var kept [live]cue.Value
	before := heap()
	text := j.joined()
	for i := range kept {
		v, err := built(cuecontext.New(), j.Packages, text)
		if err != nil {
			return err
		}
		if err := v.Validate(); err != nil {
			return err
		}
		kept[i] = v
	}
	r.Bytes = float64(heap()-before) / live
	runtime.KeepAlive(kept)
	return nil
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
