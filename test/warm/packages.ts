/** Registry packages with everything a dependency may have: macros, scripts, variables, features, crate types. */
import { packageArchive, type ServedPackage } from '../registry-server.ts'

interface Options {
  readonly manifest?: string
  readonly dependencies?: readonly string[]
  readonly buildDependencies?: readonly string[]
  readonly build?: string
  readonly files?: Readonly<Record<string, string>>
  readonly features?: Readonly<Record<string, readonly string[]>>
}

type Pack = (name: string, version: string, code: string, options?: Options) => ServedPackage

/** As `cargo publish` to the registry with this index leaves them. */
const packer =
  (registry: string): Pack =>
  (name, version, code, options = {}) =>
    packed(registry, name, version, code, options)

function packed(
  registry: string,
  name: string,
  version: string,
  code: string,
  options: Options,
): ServedPackage {
  const { manifest = '', build, files = {}, features = {} } = options
  const { dependencies = [], buildDependencies = [] } = options
  const entries = (names: readonly string[]): string =>
    names.map((each) => `${each} = { version = "0.1", registry-index = "${registry}" }\n`).join('')
  const inIndex = (kind: string) => (each: string) => ({
    name: each,
    req: '^0.1',
    features: [],
    optional: false,
    default_features: true,
    target: null,
    kind,
  })
  const index = {
    deps: [...dependencies.map(inIndex('normal')), ...buildDependencies.map(inIndex('build'))],
    features,
  }
  const table = Object.entries(features).map(([key, list]) => `${key} = ${JSON.stringify(list)}\n`)
  const head = `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n`
  const links = manifest.startsWith('links') ? manifest : ''
  const rest = links === '' ? manifest : ''
  return packageArchive(
    name,
    version,
    {
      'Cargo.toml': `${head}${links}\n[features]\n${table.join('')}\n[dependencies]\n${entries(dependencies)}\n[build-dependencies]\n${entries(buildDependencies)}\n${rest}`,
      'src/lib.rs': code,
      ...(build === undefined ? {} : { 'build.rs': build }),
      ...files,
    },
    index,
  )
}

const PLAIN = `#[cfg(feature = "extra")]
const EXTRA: &str = "extra";
#[cfg(not(feature = "extra"))]
const EXTRA: &str = "bare";
pub fn plain() -> String {
    format!(
        "plain {} {EXTRA} {} {} {:?} {} {}",
        env!("CARGO_PKG_VERSION"),
        cfg!(debug_assertions),
        cfg!(flagged),
        option_env!("PLAIN_WISH"),
        include_str!("note.txt").trim(),
        std::panic::catch_unwind(|| [0u8; 2].iter().map(|n| n + 200).sum::<u8>()).is_ok(),
    )
}
`

const NATIVE_BUILD = `use std::{env, fs, path::Path};
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let here = env::var("CARGO_MANIFEST_DIR").unwrap();
    let mode = env::var("NATIVE_MODE").unwrap_or_else(|_| "default".into());
    let table = fs::read_to_string(Path::new(&here).join("data/table.txt")).unwrap();
    fs::create_dir_all(Path::new(&out).join("include")).unwrap();
    fs::write(Path::new(&out).join("include/native.h"), format!("{mode} {}\\n// {out}\\n", table.trim())).unwrap();
    fs::write(
        Path::new(&out).join("gen.rs"),
        format!("pub const GEN: &str = {:?};\\n// {out}\\n", format!("{mode} {} {}", env::var("OPT_LEVEL").unwrap(), env::var("PROFILE").unwrap())),
    )
    .unwrap();
    println!("cargo::rerun-if-env-changed=NATIVE_MODE");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=include={out}/include");
    println!("cargo::metadata=data={here}/data");
    println!("cargo::rustc-check-cfg=cfg(native_on)");
    println!("cargo::rustc-cfg=native_on");
    println!("cargo::rustc-env=NATIVE_PLACE={out}/gen.rs");
    println!("cargo::rustc-link-search=native={out}");
}
`

const USER_BUILD = `use std::{env, fs};
fn main() {
    let read = |name: &str, file: &str| fs::read_to_string(format!("{}/{file}", env::var(name).unwrap())).unwrap();
    let first = |text: String| text.lines().next().unwrap().to_string();
    let said = format!("{} | {}", first(read("DEP_NATIVE_INCLUDE", "native.h")), first(read("DEP_NATIVE_DATA", "table.txt")));
    println!("cargo:rustc-env=USER_SAID={said}");
}
`

/** As the real one: the compiler is of the variables, or is looked up. */
const CC = `use std::{env, path::Path, process::Command};
pub fn compile(source: &str, library: &str) {
    let (out, target) = (env::var("OUT_DIR").unwrap(), env::var("TARGET").unwrap());
    let tool = |name: &str, otherwise: &str| {
        let own = format!("{name}_{}", target.replace('-', "_"));
        println!("cargo::rerun-if-env-changed={own}");
        println!("cargo::rerun-if-env-changed={name}");
        env::var(own).or_else(|_| env::var(name)).unwrap_or_else(|_| otherwise.into())
    };
    let run = |program: String, args: &[&str]| assert!(Command::new(program).args(args).status().unwrap().success());
    let object = Path::new(&out).join("object.o").display().to_string();
    run(tool("CC", "cc"), &["-c", source, "-o", &object]);
    run(tool("AR", "ar"), &["crs", &format!("{out}/lib{library}.a"), &object]);
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::rustc-link-lib=static={library}");
}
`

/** The files of a package that is in the registry and in a repository. */
export const GITTY = {
  'src/lib.rs': `use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
static CALLS: AtomicUsize = AtomicUsize::new(0);
pub fn gitty() -> String { format!("{} {}", include_str!("../words.txt").trim_ascii(), CALLS.fetch_add(1, SeqCst)) }
`,
  'words.txt': 'gitty\n',
}

/** Of a registry with this index. */
export function packagesOf(index: string): readonly ServedPackage[] {
  const packed = packer(index)
  return [
    ...['0.1.0', '0.1.1'].map((version) =>
      packed('plain', version, PLAIN, { features: { extra: [] }, files: { 'src/note.txt': 'a note\n' } }),
    ),
    packed(
      'maker',
      '0.1.0',
      `use proc_macro::TokenStream;
#[proc_macro]
pub fn make(_: TokenStream) -> TokenStream {
    format!("{:?}", plain::plain()).parse().unwrap()
}
`,
      { manifest: '[lib]\nproc-macro = true\n', dependencies: ['plain'] },
    ),
    packed(
      'native-sys',
      '0.1.0',
      `include!(concat!(env!("OUT_DIR"), "/gen.rs"));
pub fn native() -> String { format!("native {GEN} {}", cfg!(native_on)) }
const _: &str = include_str!(env!("NATIVE_PLACE"));
`,
      { manifest: 'links = "native"\n', build: NATIVE_BUILD, files: { 'data/table.txt': 'table one\n' } },
    ),
    packed(
      'user',
      '0.1.0',
      'pub fn user() -> String { format!("user [{}] {}", env!("USER_SAID"), native_sys::native()) }\n',
      { dependencies: ['native-sys'], build: USER_BUILD },
    ),
    packed('shared', '0.1.0', 'pub fn shared() -> String { String::from("shared") }\n', {
      manifest: '[lib]\ncrate-type = ["dylib"]\n',
    }),
    packed('above', '0.1.0', 'pub fn above() -> String { format!("above {}", shared::shared()) }\n', {
      dependencies: ['shared'],
    }),
    packed('cc', '0.1.0', CC),
    packed(
      'compiled',
      '0.1.0',
      `unsafe extern "C" { fn bits() -> u32; }
pub fn compiled() -> String { format!("{} {} {}", unsafe { bits() }, std::env::consts::ARCH, env!("BUILT_ON")) }
`,
      {
        buildDependencies: ['cc'],
        build: `fn main() {
    println!("cargo::rerun-if-changed=bits.c");
    println!("cargo::rustc-env=BUILT_ON={}", std::env::consts::ARCH);
    cc::compile("bits.c", "bits");
}
`,
        files: { 'bits.c': 'unsigned bits(void) { return 8 * sizeof(void *); }\n' },
      },
    ),
    packed('gitty', '0.1.0', '', { files: GITTY }),
    packed('searched-sys', '0.1.0', '', {
      manifest: 'links = "searched"\n',
      build: `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::metadata=place={out}");
}
`,
    }),
    packed('searches', '0.1.0', 'extern crate searched_sys;\n', {
      dependencies: ['searched-sys'],
      build: 'fn main() { std::env::var("DEP_SEARCHED_PLACE").unwrap(); }\n',
    }),
    packed('several', '0.1.0', '#[no_mangle] pub extern "C" fn several() -> u8 { 7 }\n', {
      manifest: '[lib]\ncrate-type = ["lib", "cdylib", "staticlib"]\n',
    }),
  ]
}
