package examples_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packages are those that docs/from-python.md may name, by their folder below
// the root.
var packages = map[string]string{
	"polymeter": ".", "metric": "metric", "exposition": "exposition", "metrichttp": "metrichttp",
	"multiprocess": "multiprocess", "collectors": "collectors",
	"graphite": "bridge/graphite", "pushgateway": "bridge/pushgateway", "textfile": "bridge/textfile",
}

// pythonNames is what the page must have a row for. Parameters follow in
// parentheses.
const pythonNames = `
Collector Collector.collect Collector.describe
Metric(name,documentation,typ,unit) Metric.add_sample(name,labels,value,timestamp,exemplar,native_histogram) Metric.samples
CounterMetricFamily(name,documentation,value,labels,created,unit,exemplar)
CounterMetricFamily.add_metric(labels,value,created,timestamp,exemplar)
GaugeMetricFamily(name,documentation,value,labels,unit) GaugeMetricFamily.add_metric(labels,value,timestamp)
HistogramMetricFamily(name,documentation,buckets,sum_value,labels,unit)
HistogramMetricFamily.add_metric(labels,buckets,sum_value,timestamp)
SummaryMetricFamily(name,documentation,count_value,sum_value,labels,unit)
SummaryMetricFamily.add_metric(labels,count_value,sum_value,timestamp)
InfoMetricFamily(name,documentation,value,labels) InfoMetricFamily.add_metric(labels,value,timestamp)
StateSetMetricFamily(name,documentation,value,labels) StateSetMetricFamily.add_metric(labels,value,timestamp)
GaugeHistogramMetricFamily(name,documentation,buckets,gsum_value,labels,unit)
GaugeHistogramMetricFamily.add_metric(labels,buckets,gsum_value,timestamp)
UnknownMetricFamily UntypedMetricFamily
MultiProcessCollector(registry,path) MultiProcessCollector.collect MultiProcessCollector.merge(files,accumulate)
mark_process_dead PROMETHEUS_MULTIPROC_DIR
all liveall min livemin max livemax sum livesum mostrecent livemostrecent
Sample(name,labels,value,timestamp,exemplar,native_histogram) Exemplar(labels,value,timestamp)
Timestamp(sec,nsec) Timestamp.__str__ Timestamp.__float__ BucketSpan(offset,length)
NativeHistogram(count_value,sum_value,schema,zero_threshold,zero_count,pos_spans,neg_spans,pos_deltas,neg_deltas)
get_legacy_validation disable_legacy_validation enable_legacy_validation INF MINUS_INF NaN floatToGoString
GraphiteBridge(address,registry,_push_interval,tags) GraphiteBridge.push GraphiteBridge.start
openmetrics.exposition.CONTENT_TYPE_LATEST openmetrics.exposition.generate_latest(registry)
openmetrics.exposition.escape_metric_name openmetrics.exposition.escape_label_name
CollectorRegistry(auto_describe,target_info) CollectorRegistry.register CollectorRegistry.unregister
CollectorRegistry.collect CollectorRegistry.restricted_registry CollectorRegistry.get_sample_value
CollectorRegistry.set_target_info CollectorRegistry.get_target_info REGISTRY DuplicateTimeseries
Counter(name,documentation,labelnames,namespace,subsystem,unit,registry) Counter.labels Counter.remove
Counter.remove_by_labels Counter.clear Counter.inc(amount,exemplar) Counter.reset Counter.count_exceptions
Gauge(name,documentation,labelnames,unit,registry,multiprocess_mode) Gauge.labels Gauge.inc Gauge.dec Gauge.set
Gauge.set_to_current_time Gauge.track_inprogress Gauge.set_function Gauge.time
Summary(name,documentation,labelnames,unit,registry) Summary.labels Summary.observe Summary.time
Histogram(name,documentation,labelnames,unit,registry,buckets) Histogram.labels Histogram.observe(amount,exemplar)
Histogram.time Histogram.DEFAULT_BUCKETS Info(name,documentation,labelnames,registry) Info.labels Info.info
Enum(name,documentation,labelnames,states,registry) Enum.labels Enum.state
enable_created_metrics disable_created_metrics CONTENT_TYPE_LATEST CONTENT_TYPE_PLAIN_0_0_4 CONTENT_TYPE_PLAIN_1_0_0
generate_latest(registry,escaping) MetricsHandler make_wsgi_app make_asgi_app start_http_server(port,addr,registry)
start_wsgi_server write_to_textfile push_to_gateway pushadd_to_gateway delete_from_gateway instance_ip_grouping_key
ProcessCollector PROCESS_COLLECTOR PlatformCollector PLATFORM_COLLECTOR GCCollector GC_COLLECTOR
text_string_to_metric_families
`

// row is one line of the tables: the code in each of its columns.
type row struct {
	line           int
	python, golang []string
	text           string
}

var code = regexp.MustCompile("`([^`]+)`")

func rows(t *testing.T) []row {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "docs", "from-python.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var found []row
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		columns := strings.Split(strings.Trim(lines.Text(), "|"), "|")
		if len(columns) != 3 || !strings.Contains(columns[0], "`") {
			continue
		}
		found = append(found, row{n, codeIn(columns[0]), append(codeIn(columns[1]), ours(codeIn(columns[2]))...), columns[1]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func codeIn(text string) []string {
	var found []string
	for _, match := range code.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// ours keeps what looks like a name of one of our packages.
func ours(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		pkg, rest, _ := strings.Cut(name, ".")
		_, known := packages[pkg]
		return !known || !regexp.MustCompile(`^[A-Za-z.]+$`).MatchString(rest)
	})
}

// names splits F(a,b) into F, F(a) and F(b).
func names(text string) []string {
	name, parameters, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	all := []string{name}
	for parameter := range strings.SplitSeq(parameters, ",") {
		if parameter != "" {
			all = append(all, name+"("+strings.TrimSpace(parameter)+")")
		}
	}
	return all
}

func TestEveryPythonNameHasARow(t *testing.T) {
	t.Parallel()
	present := map[string]bool{}
	for _, r := range rows(t) {
		for _, text := range r.python {
			for _, name := range names(text) {
				present[name] = true
			}
		}
	}
	for _, text := range strings.Fields(pythonNames) {
		for _, name := range names(text) {
			if !present[name] {
				t.Errorf("docs/from-python.md has no row for %s", name)
			}
		}
	}
}

func TestEveryGoNameExists(t *testing.T) {
	t.Parallel()
	exported := map[string]bool{}
	for name, dir := range packages {
		for declared := range declarations(t, filepath.Join("..", dir)) {
			exported[name+"."+declared] = true
		}
	}
	for _, r := range rows(t) {
		if len(r.golang) == 0 && strings.TrimSpace(r.text) != "–" {
			t.Errorf("docs/from-python.md:%d says neither a name nor that there is none", r.line)
		}
		for _, name := range r.golang {
			if !exported[name] {
				t.Errorf("docs/from-python.md:%d: %s does not exist", r.line, name)
			}
		}
	}
}

// declarations returns what a package exports: names, and members of types as
// Type.Member.
func declarations(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found, embedded := map[string]bool{}, map[string][]string{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			declared(decl, found, embedded)
		}
	}
	for before := 0; before < len(found); { // a part can have parts
		before = len(found)
		for typ, parts := range embedded {
			for _, part := range parts {
				promote(typ, part, found)
			}
		}
	}
	return found
}

// promote adds the members of an embedded type to those of the outer one.
func promote(typ, part string, found map[string]bool) {
	for _, name := range slices.Collect(maps.Keys(found)) {
		if member, ok := strings.CutPrefix(name, part+"."); ok {
			found[typ+"."+member] = true
		}
	}
}

func declared(decl ast.Decl, found map[string]bool, embedded map[string][]string) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		found[receiverOf(decl)+decl.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					found[name.Name] = true
				}
			case *ast.TypeSpec:
				found[spec.Name.Name] = true
				names, parts := members(spec.Type)
				for _, name := range names {
					found[spec.Name.Name+"."+name] = true
				}
				embedded[spec.Name.Name] = parts
			}
		}
	}
}

// receiverOf returns the type of a method and a dot, or nothing.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	return typeName(f.Recv.List[0].Type) + "."
}

// typeName returns the name of a type, without pointer, package or parameters.
func typeName(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return typeName(typ.X)
	case *ast.IndexExpr:
		return typeName(typ.X)
	case *ast.IndexListExpr:
		return typeName(typ.X)
	case *ast.SelectorExpr:
		return typ.Sel.Name
	case *ast.Ident:
		return typ.Name
	}
	return ""
}

// members returns the fields of a struct, or the methods of an interface, and the
// types that are embedded.
func members(typ ast.Expr) (names, embedded []string) {
	var fields *ast.FieldList
	switch typ := typ.(type) {
	case *ast.StructType:
		fields = typ.Fields
	case *ast.InterfaceType:
		fields = typ.Methods
	default:
		return nil, nil
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
		if len(field.Names) == 0 {
			embedded = append(embedded, typeName(field.Type))
		}
	}
	return names, embedded
}
