package main

import (
	"crypto/rand"
	"errors"
	"runtime"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// onMemory advises what is best for the directory.
const onMemory = "Use a directory on a memory file system, such as one below /dev/shm."

// checkFileSystem finds out where the directory is, and whether what is seen
// there of other processes can be trusted.
func (e *examination) checkFileSystem() {
	const check = "file system"
	name := fileSystem(e.folder.Descriptor())
	trusted, err := e.kernel.Trusted(e.folder.Descriptor())
	e.trusted = trusted && err == nil
	switch {
	case err != nil:
		e.problem(check, onMemory, "it cannot be told which one it is: %v", err)
	case !trusted && runtime.GOOS != "linux":
		e.warning(check, "Fold by starting with a new directory now and then.",
			"this system does not show who has a file open, so nothing is folded")
	case !trusted:
		e.problem(check, onMemory,
			"%s: locks and leases may not show everybody who uses a file there, so all processes count as alive, and nothing is folded", name)
	case !inMemory(name):
		e.warning(check, onMemory,
			"%s, which is not in memory: it works, but writing to the disk can hold up processes that count", name)
	default:
		e.ok(check, "%s", name)
	}
}

func inMemory(fileSystem string) bool { return fileSystem == "tmpfs" || fileSystem == "ramfs" }

const (
	// headroom is what processes leave free beside the size of the archive.
	headroom = pmfile.Reserve
	// scarce is so much more than that that it is worth a warning.
	scarce = 16 << 20
	// fewInodes is a number of free inodes that is worth a warning.
	fewInodes = 100
)

// checkSpace looks for space for values and files.
func (e *examination) checkSpace() {
	const check = "space"
	const advice = "Make the file system larger, or remove other files."
	archive := int64(0)
	if info, err := e.folder.Info(pmfile.ArchiveName); err == nil {
		archive = info.Size
	}
	switch free, err := e.kernel.Free(e.folder.Descriptor()); {
	case err != nil:
		e.warning(check, advice, "it cannot be told how much there is: %v", err)
	case free < archive+headroom:
		e.problem(check, advice, "%d bytes are free, so new series stay in the memory of their processes; from %d on they move here",
			free, archive+headroom)
	case free < archive+headroom+scarce:
		e.warning(check, advice, "only %d bytes are free", free)
	default:
		e.ok(check, "%d bytes are free", free)
	}
	switch total, free, known := inodes(e.folder.Descriptor()); {
	case !known || total == 0: // there is no limit
	case free == 0:
		e.problem("inodes", advice, "none is free, so no process can start to count")
	case free < fewInodes:
		e.warning("inodes", advice, "only %d are free", free)
	default:
		e.ok("inodes", "%d are free", free)
	}
}

// scratchPrefix begins the name of the file that is made to try things out. If
// this program is killed meanwhile, whoever folds the directory removes it.
const scratchPrefix = ".new-doctor-"

// checkScratch tries out on a file of its own what processes need.
func (e *examination) checkScratch() {
	dir, name := e.folder.Descriptor(), scratchPrefix+rand.Text()
	fd, err := e.kernel.Create(dir, name, 0o600)
	if err != nil {
		e.problem("new files", "Give the user of the processes the permission to write here.", "none can be made: %v", err)
		return
	}
	e.ok("new files", "can be made")
	defer func() {
		if err := e.kernel.Unlink(dir, name); err != nil {
			e.problem("scratch", "Remove it.", "%s is left behind: %v", name, err)
		}
	}()
	e.checkReservation(fd)
	err = e.kernel.Lock(fd)
	reader, failed := e.kernel.OpenRead(dir, name)
	if failed != nil {
		e.problem("locks", onMemory, "a file that was just made cannot be read: %v", failed)
		_ = e.kernel.Close(fd)
		return
	}
	defer e.kernel.Close(reader)
	e.checkLock(reader, err)
	while := e.kernel.Lease(reader)
	_ = e.kernel.Close(fd)
	e.checkLease(while, e.kernel.Lease(reader))
}

// checkReservation reserves space for an empty file.
func (e *examination) checkReservation(fd int) {
	const check = "reservation"
	err := e.kernel.Prepare(fd)
	if err == nil {
		err = e.kernel.Reserve(fd, 0, 64<<10)
	}
	switch {
	case errors.Is(err, mapped.ErrUnreservable):
		e.problem(check, onMemory, "space cannot be reserved, so a full disk would kill whoever counts; no Store opens here")
	case err != nil:
		e.problem(check, onMemory, "no space can be reserved: %v", err)
	default:
		e.ok(check, "space can be reserved, so a full disk kills nobody")
	}
}

// checkLock looks whether a lock, which was taken or not, is seen from another
// descriptor.
func (e *examination) checkLock(reader int, taken error) {
	const check = "locks"
	seen, err := e.kernel.Locked(reader)
	switch {
	case taken != nil:
		e.problem(check, onMemory, "no lock can be taken: %v", taken)
	case err != nil:
		e.problem(check, onMemory, "it cannot be asked for a lock: %v", err)
	case !seen:
		e.problem(check, onMemory, "a lock is not seen by others, so living processes would count as dead")
	default:
		e.locks = true
		e.ok(check, "can be taken, and are seen by others")
	}
}

// checkLease judges what came of asking for a lease while there was a writer and
// after.
func (e *examination) checkLease(while, after error) {
	const check = "leases"
	const advice = "The processes of the Python client count as alive until somebody vouches for process ids; see the last line."
	switch {
	case while == nil:
		e.problem(check, onMemory, "one is given on a file that is being written to, so living processes would count as dead")
	case errors.Is(while, mapped.ErrInUse) && after == nil:
		e.leases = true
		e.ok(check, "are given, and refused while somebody writes")
	case after == nil:
		e.warning(check, advice, "are not refused as they should be while somebody writes: %v", while)
	default:
		e.warning(check, advice, "are not given to this user: %v", after)
	}
}

// checkBoot looks for what tells this run of the system from others.
func (e *examination) checkBoot() {
	const check = "boot"
	switch {
	case e.boot != [16]byte{}:
		e.ok(check, "this run of the system can be told from others")
	case runtime.GOOS == "linux":
		e.problem(check, "Mount /proc, with /proc/sys/kernel/random/boot_id readable.",
			"this run of the system cannot be told from others, so nothing is folded")
	default:
		e.warning(check, "", "this run of the system cannot be told from others")
	}
}

// checkDescriptors looks whether a merge may open so many files.
func (e *examination) checkDescriptors(files int) {
	const check = "descriptors"
	const others = 300 // for scrapes, and for folding at the same time
	switch limit, known := descriptorLimit(); {
	case !known:
	case limit < uint64(files+others):
		e.warning(check, "Raise the limit (ulimit -n, LimitNOFILE) of whatever merges, or fold more often.",
			"a process may have %d open, and a merge needs one for each of %s", limit, counted(files, "file"))
	default:
		e.ok(check, "a process may have %d open", limit)
	}
}

// liveness is how it can be told that a process has died.
type liveness struct {
	Native string `json:"native"`
	Python string `json:"python"`
}

const (
	livenessLocks  = "locks"
	livenessLeases = "leases"
	livenessPIDs   = "vouched process ids"
	livenessNone   = "none"
)

// checkLiveness says which way applies.
func (e *examination) checkLiveness() {
	const check = "liveness"
	foldable := e.trusted && e.boot != [16]byte{}
	e.liveness = liveness{livenessNone, livenessNone}
	if foldable && e.locks {
		e.liveness.Native = livenessLocks
	}
	switch {
	case !foldable:
	case e.leases:
		e.liveness.Python = livenessLeases
	case e.vouch:
		e.liveness.Python = livenessPIDs
	}
	const ended = "the end of a process shows "
	switch e.liveness.Native {
	case livenessLocks:
		e.ok(check, ended+"in the locks of Polymeter's files, which the kernel then releases")
	default:
		e.problem(check, "See above for the reason.", "for Polymeter's files it cannot be told that a process has ended, so none is folded")
	}
	switch e.liveness.Python {
	case livenessLeases:
		e.ok(check, ended+"in leases on the Python client's files, which the kernel gives when nobody writes")
	case livenessPIDs:
		e.ok(check, ended+"for the Python client's files in process ids, which the operator vouches for")
	default:
		e.warning(check, "If all processes are in one pid namespace, as in one container, give --vouch-pids to run, serve and compact.",
			"for the Python client's files it cannot be told that a process has ended, so none is folded")
	}
}
