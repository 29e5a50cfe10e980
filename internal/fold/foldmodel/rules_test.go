package foldmodel

// A rule is something that the protocol asks for. Each can be left off, and then
// something goes wrong.
type rule uint8

// rules are those that are kept.
type rules uint64

const allRules = ^rules(0)

func (r rules) on(x rule) bool       { return r&(1<<x) != 0 }
func (r rules) without(x rule) rules { return r &^ (1 << x) }

// The rules, as the test names them.
const (
	// Of passes over files of either kind.
	oneCompactor       rule = iota // a pass holds the lock of the directory
	finishFirst                    // it unlinks what the archive lists before it replaces the list
	carryNames                     // what could not be unlinked stays in the list
	foldOnce                       // what the archive lists is not folded again
	listFolded                     // the archive lists what is folded with it
	commitBeforeUnlink             // no folded file is unlinked before the commit

	// Of scrapes.
	archiveBeforeNames // the archive is opened before the directory is listed
	skipAbsorbed       // names that the archive lists are left out
	recheckArchive     // after all opens, the archive must still be the same inode

	// Of native writers.
	lockBeforeName    // a file is locked before it gets its name
	startOver         // a writer whose unborn file was taken away makes another
	openedOnce        // no file is opened for writing twice
	unmapBeforeUnlock // nothing can reach a file that is not locked any more

	// Of passes over native files.
	probeLock       // only files that nobody has locked are dead
	probeBeforeLoad // a file is read after it turned out to be dead
	commitOnce      // sums and list change by one rename

	// Of readers of native files.
	finalAfterUnlock // only what is read after the lock was found free is final
	finalsByName     // a final value counts only while its file has its name
	wholeSnapshot    // old files go with the archive of their time
	promiseLess      // an old snapshot is only promised not to go down, it may lack what is newer

	// Of passes over python files.
	sealing            // files are folded under a name that no process finds
	sealOnce           // a file that has a sealed name does not get another
	sameInode          // a public name is unlinked only if it is the sealed inode's
	listSealed         // only sealed names are listed, since public ones come again
	commitSeals        // a pass that only seals commits, too
	commitBeforeUnseal // no public name is unlinked before the commit
	onlyLink           // a file that has its public name, too, is not folded yet
	grace              // nor is one that an open may be on its way to
	probeLease         // only files that nobody has open for writing are dead
	leaseBeforeLoad    // a file is read once its lease is granted
	leaseHeld          // the lease is kept to the end of the pass
	leaseRechecked     // before the commit no lease may be on its way out

	// Of readers of python files.
	countInodes // an inode with two names counts once

	ruleCount
)

// A fault is what must not be.
type fault uint8

const (
	none fault = iota
	tooLow
	tooHigh
	wentDown
	notOnce
	notFolded
	leftBehind
)

func (f fault) String() string {
	return [...]string{
		none:       "nothing",
		tooLow:     "a scrape shows less than had been counted when it began",
		tooHigh:    "a scrape shows more than has been counted",
		wentDown:   "a scrape shows less than the one before",
		notOnce:    "the directory does not have each count once",
		notFolded:  "passes after all have died lose counts, or have them twice",
		leftBehind: "passes after all have died leave files behind",
	}[f]
}
