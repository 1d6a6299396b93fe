<#-- What the pages of this theme have in common. Unlike template.ftl it has no script in the page, so
     that it works with any Content-Security-Policy that allows 'self'. Classes and ids are Keycloak's,
     so that a realm's style sheets fit. -->
<#import "theme-resources.ftl" as themeResourceTags>
<#import "footer.ftl" as loginFooter>

<#-- heading: what the page says first; icon: one of the macro icon; flow: whether a sign-in goes on
     behind the page, so that it has to follow one in another tab. -->
<#macro page heading icon="" flow=false>
<#local version=(properties.ssoLogoutVersion)!"">
<!DOCTYPE html>
<html class="${properties.kcHtmlClass!}" lang="${lang}"<#if realm.internationalizationEnabled> dir="${(locale.rtl)?then('rtl','ltr')}"</#if>>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light${darkMode?then(' dark', '')}">
  <title>${heading} – ${realm.displayName}</title>
  <#if themeResources.favicons?has_content>
  <@themeResourceTags.renderFavicons themeResources.favicons url.resourcesPath/>
  <#else>
  <link rel="icon" href="${url.resourcesPath}/img/favicon.ico">
  </#if>
  <@themeResourceTags.renderStyles themeResources.stylesCommon url.resourcesCommonPath/>
  <link rel="stylesheet" href="${url.resourcesPath}/css/sso-logout.css?${version}">
  <@themeResourceTags.renderStyles themeResources.styles url.resourcesPath/>
  <script src="${url.resourcesPath}/js/sso-logout.js?${version}"
    <#if darkMode>data-dark-class="${properties.kcDarkModeClass!}"</#if>
    <#if (sso.ended)??>data-realm="${realm.name}" data-sid="${sso.ended.sid}" data-reason="${sso.ended.reason}" data-initiator="${sso.ended.initiator}" data-time="${sso.ended.time}"</#if>
    <#if flow>data-flow="${url.ssoLoginInOtherTabsUrl}"<#if authenticationSession??> data-auth-session="${authenticationSession.authSessionIdHash}"</#if></#if>></script>
  <@themeResourceTags.renderScripts themeResources.scripts url.resourcesPath "text/javascript"/>
</head>
<body id="keycloak-bg" class="${properties.kcBodyClass!} sso-logout" data-page-id="login-${pageId}">
<div class="${properties.kcLogin!}">
  <div class="${properties.kcLoginContainer!}">
    <header id="kc-header" class="pf-v5-c-login__header">
      <div id="kc-header-wrapper" class="pf-v5-c-brand">${kcSanitize(msg("loginTitleHtml",(realm.displayNameHtml!'')))?no_esc}</div>
    </header>
    <main class="${properties.kcLoginMain!}">
      <div class="${properties.kcLoginMainHeader!}">
        <h1 class="${properties.kcLoginMainTitle!}" id="kc-page-title"><@symbol icon/><span id="sso-heading">${heading}</span></h1>
        <#if realm.internationalizationEnabled && locale.supported?size gt 1>
        <@languages/>
        </#if>
      </div>
      <div class="${properties.kcLoginMainBody!} sso-body">
        <#nested>
      </div>
      <div class="${properties.kcLoginMainFooter!}">
        <@loginFooter.content/>
      </div>
    </main>
  </div>
</div>
</body>
</html>
</#macro>

<#-- Links in a list that opens, so that it works without a script. -->
<#macro languages>
<details class="sso-languages">
  <summary aria-label="${msg("languages")}: ${locale.current}">${locale.current}</summary>
  <ul>
    <#list locale.supported?sort_by("label") as l>
    <li><a href="${l.url}<#if (sso.reason)??>&amp;reason=${sso.reason}</#if>" lang="${l.languageTag}" hreflang="${l.languageTag}"<#if l.languageTag == locale.currentLanguageTag> aria-current="true"</#if>>${l.label}</a></li>
    </#list>
  </ul>
</details>
</#macro>

<#-- Names may be keys of messages, as those of Keycloak's own apps are. -->
<#macro apps names mark>
<ul class="sso-apps" data-mark="${mark}">
  <#list names?map(name -> advancedMsg(name))?sort as name>
  <li><span class="sso-app">${name}</span></li>
  </#list>
</ul>
</#macro>

<#function clientName>
  <#return advancedMsg((client.name?has_content)?then(client.name, client.clientId))>
</#function>

<#-- Where to go from here once signed out; home: the app's page, if there is one. -->
<#macro onward home="">
<div class="sso-actions">
  <#if home?has_content>
  <@link id="continue" href=home label=(client??)?then(msg("backToApp", clientName()), msg("doContinue")) primary=true/>
  </#if>
  <#if (sso.signInUrl)??>
  <@link href=sso.signInUrl label=msg("signInAgain") primary=!home?has_content/>
  </#if>
</div>
</#macro>

<#-- primary: whether it is what most people want next. -->
<#macro link href label primary=false id="">
<a <#if id?has_content>id="${id}" </#if>class="${primary?then(properties.kcButtonPrimaryClass!, properties.kcButtonSecondaryClass!)} ${properties.kcButtonBlockClass!}" href="${href}">${label}</a>
</#macro>

<#macro symbol name>
<#if name?has_content>
<svg class="sso-symbol sso-symbol-${name}" viewBox="0 0 24 24" width="28" height="28" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
  <#switch name>
    <#case "done"><circle cx="12" cy="12" r="10"/><path d="M7.5 12.5l3 3 6-7"/><#break>
    <#case "exit"><path d="M11 3H6a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h5"/><path d="M16 8l4 4-4 4"/><path d="M20 12H10"/><#break>
    <#case "clock"><circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 2.5"/><#break>
    <#case "shield"><path d="M12 2.5l8 3v6c0 5-3.5 8.5-8 10-4.5-1.5-8-5-8-10v-6z"/><path d="M12 8v4.5"/><path d="M12 16h.01"/><#break>
    <#case "devices"><rect x="2" y="4" width="14" height="11" rx="1.5"/><path d="M6 19h6"/><path d="M9 15v4"/><rect x="16.5" y="9" width="5.5" height="11" rx="1.5"/><#break>
    <#case "error"><circle cx="12" cy="12" r="10"/><path d="M12 7v6"/><path d="M12 16.5h.01"/><#break>
    <#default><circle cx="12" cy="12" r="10"/><path d="M12 11v6"/><path d="M12 7.5h.01"/>
  </#switch>
</svg>
</#if>
</#macro>
