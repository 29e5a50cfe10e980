package pmfile_test

import (
	"strings"
	"testing"

	"polymeter.dev/internal/pmfile"
)

const digits = "0123456789abcdef0123456789abcdef"

func TestFileNames(t *testing.T) {
	t.Parallel()
	id := pmfile.NewID()
	if id == pmfile.NewID() || len(id.String()) != 32 {
		t.Errorf("identity %s", id)
	}
	for role, want := range map[pmfile.Role]string{
		pmfile.RoleProcess:     "w-" + id.String() + ".pm",
		pmfile.RolePublication: "p-" + id.String() + ".pm",
	} {
		name := pmfile.FileName(role, id)
		if gotRole, gotID, ok := pmfile.ParseName(name); name != want || !ok || gotRole != role || gotID != id {
			t.Errorf("%s file: %q, read as %v of %v, %v", role, name, gotRole, gotID, ok)
		}
	}
	if role, _, ok := pmfile.ParseName(pmfile.FileName(pmfile.RoleArchive, id)); role != pmfile.RoleArchive || !ok {
		t.Errorf("the archive is read as %v, %v", role, ok)
	}
}

func TestForeignNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", ".", "w-.pm", "w-" + digits, digits + ".pm", "x-" + digits + ".pm", "w-" + digits[1:] + ".pm", "w-" + digits + "0.pm",
		"w-" + strings.ToUpper(digits) + ".pm", "w-g" + digits[1:] + ".pm", ".new-x", pmfile.NextName, "counter_1.db",
		"w-" + digits + ".pm.db", "Archive.pm", "archive.pm ",
	} {
		if role, _, ok := pmfile.ParseName(name); ok || role.String() != "invalid" {
			t.Errorf("%q was read as that of a file: %v", name, role)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, name := range []string{"w-" + digits + ".pm", "p-" + digits + ".pm", pmfile.ArchiveName, ".next", "w-.pm", "counter_1.db"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		role, id, ok := pmfile.ParseName(name)
		if ok && pmfile.FileName(role, id) != name {
			t.Errorf("%q was read as %v of %v", name, role, id)
		}
		if !ok && (role != 0 || id != pmfile.ID{}) {
			t.Errorf("%q gave %v of %v", name, role, id)
		}
	})
}
