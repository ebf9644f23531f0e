const list = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Words that names of files are made of. */
export const WORDS = list(`
  about access account adapter admin alpha analysis android api app archive article assets auth backup base batch beta bin
  block board book branch bridge bucket budget buffer build bundle button cache calendar camera cart catalog cert channel
  chart chat check client cloud cluster code common compose config conftest contact content context contract contributing
  control copy core crash cron custom daemon dashboard data database debug default demo deploy design desktop detail dev
  device diagram diff disk dist docker docs document download draft driver dump editor email engine entry env error event
  example export extra factory feature fetch field file final finance flow folder font form format frame front function
  game gateway git global graph group guide handler header health help helper hidden history home hook hosts html icon
  image import inbox index info init input install invoice issue item java job journal json kernel key label lambda lang
  large layout legal letter lib license link list loader local locale lock log logger login logo lost mail main make
  manager manifest map master media meeting member memo menu message meta metrics middle migration mock model module
  monitor music my native network new node note notebook notes object old open option order output package page paper
  parser password patch path payload payment phone photo picture pipeline plan player plugin policy portal post prefix
  preview print private process prod product profile program project proto proxy public pull push query queue quick random
  raw read readme real record recovery redis release remote render report request requirements research resource response
  result resume review root route router rules run sample save scan scene schema scratch script search secret section
  security select server service session settings setup share shell shop sign simple site sketch slides snapshot socket
  song source space spec stage start state static stats status store stream string style sub summary support swap switch
  sync system table tag target task team temp template terminal test text theme thread thumb ticket time todo token tool
  trace train translation trash travel tree trial tutorial type unit update upload user util vendor version video view
  virtual volume wallet web wheel widget window work worker workflow world wrapper write year zone
`);

export const EXTENSIONS = list(`
  txt md json js ts py sh c h cpp rs go html css png jpg jpeg gif svg pdf csv log xml yml yaml toml ini conf cfg lock zip
  gz tar tar.gz tgz bz2 xz mp3 mp4 wav mkv doc docx xls xlsx ppt pptx odt db sqlite sql bak old orig tmp swp so so.1 o a
  exe dll jar class java kt rb php pl lua vim tsx jsx vue mjs cjs d.ts map min.js test.ts spec.js ipynb parquet safetensors
  gguf bin iso img deb rpm key pem crt pub service socket timer desktop example sample template md5 sha256 sig asc
`);

/** Files that many folders have. */
export const KNOWN_NAMES = list(`
  README.md LICENSE package.json package-lock.json pnpm-lock.yaml tsconfig.json Makefile Dockerfile docker-compose.yml
  Cargo.toml Cargo.lock go.mod go.sum requirements.txt setup.py pyproject.toml CMakeLists.txt CHANGELOG.md CONTRIBUTING.md
  index.html index.js index.ts main.py main.rs main.go node_modules src lib bin dist build target docs tests test examples
  scripts packages tools native bench .git .github .gitignore .gitattributes .editorconfig .env .env.local .npmrc .nvmrc
  .prettierrc .eslintrc.json .dockerignore .vscode .idea .cache .config .ssh .bashrc .bash_history .bash_logout .profile
  .viminfo .wget-hsts .lesshst .local .npm .cargo .rustup .gnupg .mozilla .Xauthority .DS_Store __init__.py __pycache__
  .node-version .changeset .ci biome.json knip.json ai.txt Documents Downloads Desktop Pictures Music Videos Public
  Templates passwd shadow group hosts hostname fstab resolv.conf crontab sudoers profile.d init.d systemd apt ssl ssh
  boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var lost+found vmlinuz initrd.img
  syslog auth.log dpkg.log kern.log messages nohup.out core a.out null zero random urandom tty console full ptmx
`);

/** Words and phrases in which bytes outside ASCII, marks and several scripts occur. */
export const WORLD_WORDS: readonly string[] = [
  ..."Über Straße größer Äpfel Öl naïve café résumé déjà élève garçon Français Español mañana niño corazón".split(
    " ",
  ),
  ..."São João coração avô žluťoučký kůň Łódź źródło þorn smørbrød blåbær fjörður ığdır şehir Ελλάδα αρχείο".split(
    " ",
  ),
  ..."привет мир файл документ отчёт Україна Ђорђе 日本語 写真 資料 東京 ファイル データ ひらがな 中文 文件 报告".split(
    " ",
  ),
  ..."图片 한국어 파일 문서 العربية ملف עברית קובץ हिन्दी ไทย Tiếng Việt 🎉 🚀 📁 ❤️ 👩‍💻 ✓ → … – — “quoted” ‘single’ € £ ½ ™ ° µ".split(
    " ",
  ),
];

export const USERS = list(`
  root root root root user ubuntu admin www-data postgres mysql node nobody daemon alice bob carol dave erin frank grace
  heidi jenkins git docker systemd-network systemd-timesync messagebus sshd redis nginx apache mail news backup lp games
  man sync bin sys pi vagrant runner circleci app deploy service1 user01 dev_ops j.smith maria.garcia k8s-agent ec2-user
  _apt mongodb elasticsearch grafana prometheus chrony polkitd tss avahi debian centos opc azureuser olga tim eva x CORP\\alice alice@corp.example svc-web$
`);

export const GROUPS = list(`
  root root root root users staff wheel admin adm www-data postgres mysql node nogroup daemon disk tty dialout cdrom sudo
  video audio plugdev kvm render input docker developers devs ops data research mail utmp shadow ssh systemd-journal
  crontab games lp man news backup kmem floppy tape netdev lpadmin sambashare engineering qa marketing team-1 domain_users
  CORP\\staff staff@corp.example
`).concat("domain users", "Domain Admins");

export const DEVICES = list(`
  null zero full random urandom tty tty0 tty1 tty63 ttyS0 ttyS1 ttyUSB0 console ptmx sda sda1 sda2 sdb nvme0 nvme0n1
  nvme0n1p1 loop0 loop1 loop-control dm-0 md0 kmsg kvm mem port fuse hpet rtc0 snapshot uinput video0 vcs vcsa1 watchdog
  mapper autofs btrfs-control cpu_dma_latency net input0 event3 mouse0 js0 fb0 nvidia0 nvidiactl nvidia-uvm sg0 sr0 ram0
`);
