// A reader of published logs made of Go's own golang.org/x/mod/sumdb, which knows nothing of ours:
//
//	reader URL VKEY [CHECKPOINT...]
//
// The checkpoint at URL must be signed by VKEY. Every tile is fetched and held against it by
// tlog.TileHashReader, every entry's hash against the tree, with a proof of its record; the tree is
// proved to grow out of that of each CHECKPOINT (a file) and of every smaller size up to 300.
// Prints what it read as JSON, or says what is wrong and exits with 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type tiles struct{ url string }

func (t tiles) Height() int { return height }

// ReadTiles fetches tiles. Go's own path is tile/<height>/<level>/..., that of tlog-tiles has no height.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := fetch(t.url + "/" + path)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	url, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	check(err)
	text, err := fetch(url + "/checkpoint")
	check(err)
	tree := open(text, verifier)
	hashes := tlog.TileHashReader(tree, tiles{url})
	top, err := tlog.TreeHash(tree.N, hashes)
	check(err)
	if top != tree.Hash {
		fail("the tiles give another root")
	}
	total := entries(url, tree, hashes)
	for _, file := range os.Args[3:] {
		older, err := os.ReadFile(file)
		check(err)
		grown(tree, open(older, verifier), hashes)
	}
	for size := int64(1); size <= tree.N && size <= 300; size++ {
		older, err := tlog.TreeHash(size, hashes)
		check(err)
		grown(tree, tlog.Tree{N: size, Hash: older}, hashes)
	}
	out, err := json.Marshal(map[string]interface{}{"size": tree.N, "bytes": total})
	check(err)
	fmt.Println(string(out))
}

// open reads a checkpoint that the verifier's key signed.
func open(text []byte, verifier note.Verifier) tlog.Tree {
	signed, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("this is no checkpoint of " + verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

// entries holds every entry against the tree, and returns how many bytes they have.
func entries(url string, tree tlog.Tree, hashes tlog.HashReader) int {
	total, number := 0, int64(0)
	for number < tree.N {
		tile := tlog.Tile{H: height, L: -1, N: number >> height, W: 1 << height}
		if rest := tree.N - number; rest < 1<<height {
			tile.W = int(rest)
		}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
		bundle, err := fetch(url + "/" + path)
		check(err)
		for n := 0; n < tile.W; n++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail(path + " is cut short")
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			record(tree, number, bundle[2:end], hashes)
			total, number, bundle = total+end-2, number+1, bundle[end:]
		}
		if len(bundle) > 0 {
			fail(path + " has bytes left over")
		}
	}
	return total
}

func record(tree tlog.Tree, number int64, entry []byte, hashes tlog.HashReader) {
	leaf := tlog.RecordHash(entry)
	stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, number)})
	check(err)
	if stored[0] != leaf {
		fail(fmt.Sprintf("entry %d is not the leaf of the tree: %s", number, base64.StdEncoding.EncodeToString(leaf[:])))
	}
	proof, err := tlog.ProveRecord(tree.N, number, hashes)
	check(err)
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, number, leaf))
}

func grown(tree, older tlog.Tree, hashes tlog.HashReader) {
	proof, err := tlog.ProveTree(tree.N, older.N, hashes)
	check(err)
	check(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
}

func fetch(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
