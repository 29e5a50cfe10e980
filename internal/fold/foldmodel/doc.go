// Package foldmodel checks the protocol by which files of dead processes are
// folded into archives while others write, read and fold. It has no code beyond
// its tests: a model of the protocol, small enough that a test visits every state
// it can get into.
//
// # The model
//
// There are two, of the same build: native is the protocol for our own files,
// python the one for files of the Python client. The state of each is an
// abstract directory with everybody who works in it. One step is one system
// call, or one look at shared memory, of one of them; steps of different ones
// come in every order. Writers and processes die at any step, compactors as often
// as the bounds allow, and an unlink may fail. The files *_writer, *_compactor
// and *_reader say what each does, in the order in which it does it. They are the
// precise form of the protocol: the implementation follows them.
//
// The rules in rules_test.go are what must not be left out. A test leaves each
// off in turn, and wants to see something go wrong.
//
// # What holds in every state
//
//   - Somebody who saw the whole directory at one instant would see each count
//     once: in the archive, or in one file that the archive does not list.
//   - A scrape that ends shows of each counter at least what had been counted when
//     it began, and at most what has been counted by now. Updates are one step
//     each; one that takes time would only widen these bounds. It follows that no
//     scrape shows less than one that ended before it began, whoever made it.
//     A scrape that falls back to an old snapshot promises less: it shows at least
//     what the reader's last one did.
//   - If all die and only one more compactor comes (for python, for two passes:
//     one seals, one folds), then all is in the archive, and no file is left.
//
// Each file has a counter of its own, so that one that is lost does not make up
// for another that counts twice.
//
// # What it takes for granted
//
// Names: an identity or the random part of a sealed name never comes again. A
// listing shows a name once that is there all the time; one that comes or goes
// meanwhile is shown or not. A rename replaces in one step.
//
// Inodes: an archive is recognized by its inode, which no other file gets while
// somebody has it open. The same goes for files in one look at the directory:
// they stay open until the last one is.
//
// Locks: the kernel takes a lock away after the last store of its holder. A
// descriptor that was inherited only makes the holder live longer.
//
// Leases: one is granted if nobody has the file open for writing or waits for
// that. An open for writing is three steps: it finds the inode, which shows
// nowhere; it arrives, which asks leases back; and it goes on when they are gone,
// given back or taken away. The grace that passes between the end of a file's
// public name and its being folded is taken for long enough that an open which
// found the inode has arrived, not when the lease is taken but when leases are
// looked at for the last time.
//
// Processes with the same identifier live one after another.
//
// # What it leaves out
//
// Wipes, files damaged or linked by others, other boots, file systems and kernels
// on which locks or leases say less, full disks, the content of files (deleted
// series, gauges, exemplars), publications, live gauges, and the growing of
// files. The check that the archive is still the one that was loaded, which
// the passes make, is for wipes: no rule stands for it.
//
// Some interleavings are left out because others show as much. What happens
// between opening the archive and listing is like something during the listing.
// While no pass is running, both compactors are the same. A reader whose archive
// was replaced can only begin again, whatever it opens until it notices.
//
// # Running it
//
// The usual bounds take some seconds. With -short, and under the race detector,
// they are smaller. With -large there are more: minutes, and some gigabytes.
//
//	go test ./internal/fold/foldmodel -v -run Mutants    shortest ways to go wrong
//	go test ./internal/fold/foldmodel -v -large -timeout 1h
package foldmodel
