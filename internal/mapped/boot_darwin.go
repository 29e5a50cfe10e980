package mapped

import "golang.org/x/sys/unix"

// bootID asks for the session of the boot. The time of the boot, which every BSD
// knows, would not do: it changes when the clock is set.
func bootID() [16]byte {
	text, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return [16]byte{}
	}
	return parseID(text)
}
